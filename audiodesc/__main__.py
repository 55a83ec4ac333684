"""python -m audiodesc"""

from audiodesc.cli import main

main()
