"""Serve the understudy alone: python -m understudy [--port N]."""

import argparse
import sys

from understudy.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m understudy", description=__doc__)
    parser.add_argument("--port", metavar="N", type=int, default=0, help="default: any free port")
    try:
        serve(parser.parse_args().port)
    except OSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
