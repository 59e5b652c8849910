"""What .gitattributes and .gitignore say of a path."""

import fnmatch

LARGE = " filter=lfs diff=lfs merge=lfs -text"
SUFFIXES = "7z arrow avro bin bz2 ftz gz h5 joblib lz4 mds mlmodel model msgpack npy npz onnx ot parquet pb pickle pkl"
SUFFIXES += " pt pth rar safetensors tar tflite tgz wasm xz zip zst pcm sam raw aac flac mp3 ogg wav bmp gif png tiff"
SUFFIXES += " jpg jpeg webp mp4 webm"
DEFAULT = "".join(f"*.{suffix}{LARGE}\n" for suffix in SUFFIXES.split())
SNIFFED = 512


def is_large(attributes, path):
    large = False
    for line in attributes.splitlines():
        pattern, *values = line.split()
        if not pattern.startswith("#") and matches(pattern, path):
            large = "filter=lfs" in values
    return large


def is_ignored(ignore, path):
    ignored = False
    for line in filter(None, map(str.strip, ignore.splitlines())):
        if line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        parts = path.split("/")
        above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
        candidates = above[:-1] if pattern.endswith("/") else above
        if any(matches(pattern.rstrip("/"), candidate) for candidate in candidates):
            ignored = not line.startswith("!")
    return ignored


def matches(pattern, path):
    """A pattern with a slash is of the whole path, one without of the name."""
    if "/" in pattern:
        return fnmatch.fnmatchcase(path, pattern.lstrip("/"))
    return fnmatch.fnmatchcase(path.rpartition("/")[2], pattern)


def is_binary(sample):
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.end < len(sample) or error.reason != "unexpected end of data"
    return b"\0" in sample


def upload_mode(attributes, path, size, sample, limit):
    """lfs or regular; an empty file is never large."""
    if size == 0:
        return "regular"
    return "lfs" if is_large(attributes, path) or size > limit or is_binary(sample) else "regular"
