"""Codes and factors read from anybody's files."""

import numpy as np
import pytest

from unbraid.core.errors import InputError, StoreError
from unbraid.core.values import Representation
from unbraid.evaluation.reading import read_codes
from unbraid.results.folder import RunFolder


def test_what_a_run_writes_is_read_with_all_its_parts(tmp_path):
    rng = np.random.default_rng(0)
    written = Representation(
        codes=rng.normal(size=(6, 2)),
        factors=rng.integers(3, size=(6, 2)),
        codes_test=rng.normal(size=(3, 2)),
        factors_test=rng.integers(3, size=(3, 2)),
        pool_codes=rng.normal(size=(9, 2)),
        pool_factors=rng.integers(3, size=(9, 2)),
        factor_names=("side", "größe"),
        factor_kinds=("categorical", "ordinal"),
    )
    folder = RunFolder(tmp_path)
    folder.write_representation(written)
    found = read_codes(folder.codes_file)
    assert found.factor_names == written.factor_names
    assert found.factor_kinds == written.factor_kinds
    for key in ("codes", "factors", "codes_test", "factors_test", "pool_codes", "pool_factors"):
        assert np.array_equal(getattr(found, key), getattr(written, key)), key


def test_one_column_of_factors_may_be_a_plain_vector(tmp_path):
    np.savez(tmp_path / "a.npz", codes=np.zeros((4, 2)), factors=np.arange(4))
    assert read_codes(tmp_path / "a.npz").factors.shape == (4, 1)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"factor_names": np.array(["a", "b", "c"])}, "one text per factor"),
        ({"factor_names": np.array(["a", "a"])}, "there are two factors of one name: got 'a'"),
        ({"factor_kinds": np.array(["ordinal", "ordnal"])}, "try 'ordinal'"),
        ({"codes_test": np.zeros((2, 2))}, "factors_test is missing"),
        (
            {"pool_codes": np.zeros((9, 3)), "pool_factors": np.zeros((9, 2), dtype=int)},
            "pool_codes must have a column per column of codes: got 3; allowed: 2",
        ),
        (
            {"pool_codes": np.zeros((9, 2)), "pool_factors": np.zeros((9, 1), dtype=int)},
            "pool_factors must have a column per column of factors: got 1; allowed: 2",
        ),
        (
            {"pool_codes": np.zeros((9, 2)), "pool_factors": np.zeros((8, 2), dtype=int)},
            "got 9 pool_codes and 8 pool_factors",
        ),
        (
            {"codes_test": np.zeros((9, 1)), "factors_test": np.zeros((9, 2), dtype=int)},
            "codes_test must have a column per column of codes: got 1; allowed: 2",
        ),
        ({"factors": np.array([[0, 1]] * 3 + [[0.5, np.inf]])}, "row 3"),
        ({"codes": np.zeros((4, 2, 2))}, "two axes"),
        (
            {"codes": np.zeros((4, 2)) * 1j},
            r"array of complex128.*try numpy.column_stack\(\[array.real",
        ),
        ({"codes": np.full((4, 2), "a")}, "array of <U1.*try numpy.unique"),
        ({"codes": np.zeros((4, 2), dtype="M8[D]")}, "allowed: integers or floats$"),
        ({"codes": np.zeros((0, 2))}, "codes are empty"),
        ({"codes": np.full((4, 2), -1e39)}, "codes are too large to be scored: got 1e\\+39"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, extra, words):
    arrays = {"codes": np.zeros((4, 2)), "factors": np.zeros((4, 2), dtype=int)} | extra
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=words):
        read_codes(tmp_path / "a.npz")


def test_a_file_without_any_known_key_says_which_keys_are_read(tmp_path):
    np.savez(tmp_path / "a.npz", embeddings=np.zeros((4, 2)))
    with pytest.raises(
        InputError, match=r"no key 'codes': got the keys embeddings; try --codes embeddings"
    ):
        read_codes(tmp_path / "a.npz")


def test_a_folder_of_runs_says_which_of_its_files_holds_codes(tmp_path):
    one = tmp_path / "vae" / "codes.npz"
    empty = tmp_path / "vae" / "views"
    empty.mkdir(parents=True)
    one.touch()
    for folder in (tmp_path, one.parent):
        with pytest.raises(StoreError, match=f"got a folder.*try {one}"):
            read_codes(folder)
    with pytest.raises(StoreError, match=r"got a folder; allowed: a file of codes$"):
        read_codes(empty)


def written_with_held_out_rows(path):
    rng = np.random.default_rng(0)
    pairs = {"": 6, "_test": 3}
    codes = {f"codes{end}": rng.normal(size=(n, 2)) for end, n in pairs.items()}
    factors = {f"factors{end}": rng.integers(3, size=(n, 2)) for end, n in pairs.items()}
    np.savez(path, **codes, **factors, factor_names=["shape", "scale"], other=np.arange(6))
    return factors


def test_a_factor_that_is_chosen_is_chosen_of_held_out_rows_too(tmp_path):
    factors = written_with_held_out_rows(tmp_path / "a.npz")
    found = read_codes(tmp_path / "a.npz", factor_columns=["scale"])
    assert np.array_equal(found.factors_test, factors["factors_test"][:, 1:])


def test_held_out_rows_of_other_factors_are_not_used_and_that_is_said(tmp_path):
    written_with_held_out_rows(tmp_path / "a.npz")
    found = read_codes(tmp_path / "a.npz", factor_columns=["other"])
    assert found.codes_test is None
    assert "not used: codes_test, factors_test" in found.spec["notes"][0]
