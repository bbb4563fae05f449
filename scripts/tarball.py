"""Packs a folder so that the same files give the same bytes: tarball.py FOLDER FILE EPOCH

GNU's tar could do that, that of macOS could not.
"""

import gzip
import os
import sys
import tarfile


def paths(folder):
    """The files and folders below a folder, itself first, in one order everywhere."""
    yield folder
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from paths(entry.path)
        else:
            yield entry.path


def main(folder, file, epoch):
    parent = os.path.dirname(os.path.abspath(folder))
    with open(file, "wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for path in paths(os.path.abspath(folder)):
                member = tar.gettarinfo(path, os.path.relpath(path, parent))
                is_program = member.isdir() or member.mode & 0o100
                member.mode = 0o755 if is_program else 0o644
                member.mtime = int(epoch)
                member.uid = member.gid = 0
                member.uname = member.gname = ""
                if member.isdir():
                    tar.addfile(member)
                else:
                    with open(path, "rb") as content:
                        tar.addfile(member, content)


main(*sys.argv[1:])
