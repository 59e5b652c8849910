"""Pages of long lists: the next one is named by a Link header with an opaque cursor."""

import base64
import urllib.parse


def page(hub, request, items, size):
    """The items of the page that the request asks for, and the headers that name the next."""
    if hub.settings.third_party:
        return items, {}
    size = min(size, int(request.param("limit") or size))
    cursor = request.param("cursor")
    first = int(base64.urlsafe_b64decode(cursor)) if cursor else int(request.param("p", 0)) * size
    if first + size >= len(items):
        return items[first:], {}
    query = [(name, value) for name, values in request.params.items() for value in values
             if name not in ("cursor", "p", "limit")]
    following = base64.urlsafe_b64encode(str(first + size).encode()).decode()
    query += [("limit", size), ("cursor", following)]
    url = f"{hub.endpoint}{request.path}?{urllib.parse.urlencode(query)}"
    return items[first:first + size], {"Link": f'<{url}>; rel="next"'}
