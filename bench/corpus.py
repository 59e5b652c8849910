"""Real source code, as Debian's packages of sources bring it: over 2 GB in one Parquet file.

    path = inputs.made(corpus.sources, tideway, work, 0)    # all of it
    path = inputs.made(corpus.sources, tideway, work, 200)   # every n-th file, 200 MB at least

Columns: path (unique), source (the package), language (by the extension) and content, all strings. Files that are
empty, over 10 MB or no UTF-8 are left out. The order is that of the packages' archives.
"""

import os
import pathlib
import tarfile
import zipfile

import pyarrow
import pyarrow.compute
import pyarrow.parquet

LANGUAGES = {
    ".c": "C", ".h": "C", ".cc": "C++", ".cpp": "C++", ".cxx": "C++", ".hpp": "C++", ".hh": "C++", ".py": "Python",
    ".java": "Java", ".js": "JavaScript", ".go": "Go", ".rs": "Rust", ".S": "Assembly", ".s": "Assembly",
    ".d": "D", ".adb": "Ada", ".ads": "Ada", ".f": "Fortran", ".f90": "Fortran", ".sh": "Shell", ".pl": "Perl",
    ".dts": "Device tree", ".dtsi": "Device tree", ".rst": "Text", ".txt": "Text", ".md": "Text", ".json": "JSON",
    ".yaml": "YAML", ".html": "HTML",
}
PLACES = {
    "linux": "/usr/src/linux-source-6.1.tar.xz",
    "gcc": "/usr/src/gcc-12/gcc-12.2.0-dfsg.tar.xz",
    "openjdk": "/usr/lib/jvm/openjdk-17/src.zip",
    "binutils": "/usr/src/binutils/binutils-2.40.tar.xz",
    "glibc": "/usr/src/glibc/glibc-2.36.tar.xz",
    "go": "/usr/share/go-1.19",
    "rust": "/usr/src/rustc-1.63.0",
    "boost": "/usr/include/boost",
    "python": "/usr/lib/python3.11",
}
SCHEMA = pyarrow.schema([(name, pyarrow.string()) for name in ("path", "source", "language", "content")])
MOST_BYTES = 10_000_000
ROW_GROUP_BYTES = 32_000_000


def members(place):
    """The files of an archive or a folder: their paths, and functions that read them."""
    if not os.path.exists(place):
        raise SystemExit(f"no sources at {place}: `tools/install.sh bench` installs them")
    if place.endswith(".zip"):
        with zipfile.ZipFile(place) as archive:
            for member in archive.infolist():
                yield member.filename, lambda: archive.read(member)
    elif os.path.isdir(place):
        for path in sorted(pathlib.Path(place).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(place)), path.read_bytes
    else:
        with tarfile.open(place, "r|xz") as archive:
            for member in archive:
                if member.isfile():
                    yield member.name, lambda: archive.extractfile(member).read()


def texts():
    for source, place in PLACES.items():
        for path, read in members(place):
            language = LANGUAGES.get(pathlib.PurePath(path).suffix)
            content = read() if language else b""
            if not 0 < len(content) <= MOST_BYTES:
                continue
            try:
                yield f"{source}/{path}", source, language, content.decode()
            except UnicodeDecodeError:
                pass


def write(target, rows):
    partial = target.with_suffix(".partial")
    with pyarrow.parquet.ParquetWriter(partial, SCHEMA, compression="zstd") as writer:
        held, size = [], 0

        def flush():
            columns = [pyarrow.array(column) for column in zip(*held)]
            writer.write_table(pyarrow.table(columns, schema=SCHEMA), row_group_size=len(held))

        for row in rows:
            held.append(row)
            size += len(row[3])
            if size >= ROW_GROUP_BYTES:
                flush()
                held, size = [], 0
        if held:
            flush()
    partial.rename(target)
    return target


def sources(tideway, work, megabytes):
    """The whole corpus (0), or every n-th file of it, so that their contents have `megabytes` MB or a little more."""
    whole = work / "sources.parquet"
    if not whole.exists():
        write(whole, texts())
    if megabytes == 0:
        return whole
    target = work / f"sources-{megabytes}.parquet"
    if not target.exists():
        file = pyarrow.parquet.ParquetFile(whole)
        bytes_of_all = sum(pyarrow.compute.sum(pyarrow.compute.binary_length(batch["content"])).as_py()
                           for batch in file.iter_batches(columns=["content"]))
        step = max(1, bytes_of_all // (megabytes * 1_000_000))
        rows = (row for batch in file.iter_batches() for row in zip(*(column.to_pylist() for column in batch.columns)))
        write(target, (row for index, row in enumerate(rows) if index % step == 0))
    return target
