"""The programs behind the Makefile: running Homologa, testing it, and developers' tools."""
