"""A folder of a bucket to this machine, or from it: store.py boto3|google download|upload BUCKET PREFIX FOLDER

With as many at once as ours has: 32, and parts of a large object side by side, as their libraries recommend.
"""

import os
import pathlib
import sys

AT_ONCE = 32
LARGE = 32 << 20

peer, way, bucket, prefix, folder = sys.argv[1:]
folder = pathlib.Path(folder)


def files():
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def boto3_copies():
    import boto3
    import botocore.config
    import s3transfer.manager

    client = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"],
                          config=botocore.config.Config(max_pool_connections=AT_ONCE))
    with s3transfer.manager.TransferManager(
            client, s3transfer.manager.TransferConfig(max_request_concurrency=AT_ONCE)) as manager:
        if way == "upload":
            return [manager.upload(str(path), bucket, f"{prefix}/{path.relative_to(folder)}") for path in files()]
        futures = []
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix + "/"):
            for item in page["Contents"]:
                target = folder / item["Key"].removeprefix(prefix + "/")
                target.parent.mkdir(parents=True, exist_ok=True)
                futures.append(manager.download(bucket, item["Key"], str(target)))
        return futures


def google_copies():
    import google.auth.credentials
    import google.cloud.storage
    from google.cloud.storage import transfer_manager

    client = google.cloud.storage.Client(project="bench",
                                         credentials=google.auth.credentials.AnonymousCredentials())
    target = client.bucket(bucket)
    options = {"worker_type": transfer_manager.THREAD, "max_workers": AT_ONCE}
    if way == "upload":
        names = [str(path.relative_to(folder)) for path in files()]
        done = transfer_manager.upload_many_from_filenames(target, names, source_directory=str(folder),
                                                           blob_name_prefix=prefix + "/", **options)
    else:
        blobs = list(client.list_blobs(target, prefix=prefix + "/"))
        large = [blob for blob in blobs if blob.size > LARGE]
        for blob in large:
            to = folder / blob.name.removeprefix(prefix + "/")
            to.parent.mkdir(parents=True, exist_ok=True)
            transfer_manager.download_chunks_concurrently(blob, str(to), worker_type=transfer_manager.THREAD)
        names = [blob.name.removeprefix(prefix + "/") for blob in blobs if blob.size <= LARGE]
        done = transfer_manager.download_many_to_path(target, names, destination_directory=str(folder),
                                                      blob_name_prefix=prefix + "/", create_directories=True,
                                                      **options) if names else []
    for problem in done:
        if isinstance(problem, Exception):
            raise problem


for future in (boto3_copies() or []) if peer == "boto3" else []:
    future.result()
if peer == "google":
    google_copies()
