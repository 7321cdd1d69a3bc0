"""Three hosts on one machine, as network namespaces: the whole centre, highly available, made to fail and compared.

`make cluster` (as root, with Debian's patroni, etcd-server, haproxy, pgbouncer, postgresql-15) builds them from the
very files of deploy/cluster, drives real traffic, breaks things, and holds what clients were told against what is kept.
"""
