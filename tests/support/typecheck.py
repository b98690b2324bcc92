"""The type checker that every test runs under: shapes and types, with int taken for float."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
