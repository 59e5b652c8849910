"""procrastinate: `queue_work.py setup|push|push_all|work URI JOBS`."""

import asyncio
import logging
import sys

import procrastinate

logging.disable(logging.WARNING)
verb, uri, jobs = sys.argv[1], sys.argv[2], int(sys.argv[3])
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=uri))


@app.task(name="add", queue="bench")
async def add(a, b):
    return a + b


async def main():
    async with app.open_async():
        if verb == "setup":
            await app.schema_manager.apply_schema_async()
        elif verb == "push_all":
            await add.batch_defer_async(*({"a": n, "b": 1} for n in range(jobs)))
        elif verb == "push":
            for n in range(jobs):
                await add.defer_async(a=n, b=1)
        else:
            await app.run_worker_async(queues=["bench"], concurrency=10, wait=False, listen_notify=False,
                                       install_signal_handlers=False)


asyncio.run(main())
