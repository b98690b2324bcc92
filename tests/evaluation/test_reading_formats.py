"""Codes and factors from tables, parquet, safetensors and HDF5: the same however they are kept."""

import gzip

import numpy as np
import pytest

from unbraid.core.errors import InputError, StoreError
from unbraid.evaluation.reading import read_codes

CODES = np.array([[0.5, 1.25], [-2.0, 3.0], [4.0, 0.125], [1.0, 1.0]])
SHAPES = ["square", "heart", "heart", "square"]
HEADER = "z0,z1,shape,scale\n"


def rows(*, shapes=SHAPES, scales=(3, 1, 2, 1)):
    return "".join(
        f"{a},{b},{c},{d}\n" for (a, b), c, d in zip(CODES, shapes, scales, strict=True)
    )


def write(path, text):
    path.write_text(text)
    return path


def is_the_same(found):
    assert np.array_equal(found.codes, CODES)
    assert np.array_equal(found.factors, [[1, 3], [0, 1], [0, 2], [1, 1]])
    assert found.factor_names == ("shape", "scale")
    assert found.factor_kinds == ("categorical", "ordinal")


def said(found):
    return "; ".join(found.spec["notes"])


def test_numbered_columns_are_the_codes_of_a_table_and_the_rest_are_factors(tmp_path):
    found = read_codes(write(tmp_path / "a.csv", HEADER + rows()))
    is_the_same(found)
    assert "codes: z0, z1" in said(found)
    assert "heart = 0, square = 1" in said(found)


def test_tabs_semicolons_and_gzip_are_recognised(tmp_path):
    text = HEADER + rows()
    is_the_same(read_codes(write(tmp_path / "a.tsv", text.replace(",", "\t"))))
    is_the_same(read_codes(write(tmp_path / "a.csv", text.replace(",", ";"))))
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    is_the_same(read_codes(packed))


def test_a_file_without_a_telling_name_is_told_by_its_content(tmp_path):
    is_the_same(read_codes(write(tmp_path / "table", HEADER + rows())))
    np.savez(tmp_path / "a.npz", codes=CODES, factors=[0, 1, 0, 1])
    other = (tmp_path / "a.npz").rename(tmp_path / "arrays.dat")
    assert np.array_equal(read_codes(other).codes, CODES)


def test_two_tables_are_joined_on_the_column_that_both_have(tmp_path):
    codes = "cell,z0,z1\n" + "".join(f"c{i},{a},{b}\n" for i, (a, b) in enumerate(CODES))
    factors = "age,cell,shape\n0.5,c3,x\n1.5,c0,y\n2.5,c9,y\n3.5,c1,x\n"
    found = read_codes(write(tmp_path / "a.csv", codes), write(tmp_path / "f.csv", factors))
    assert np.array_equal(found.codes, CODES[[0, 1, 3]])
    assert np.array_equal(found.factors, [[1.5, 1], [3.5, 0], [0.5, 0]])
    assert found.factor_kinds == ("continuous", "categorical")
    assert "joined on cell: 3 rows of 4 with codes and 4 with factors" in said(found)


def test_ids_are_the_same_whether_written_as_whole_numbers_or_not(tmp_path):
    codes = write(tmp_path / "a.csv", "id,z\n2,0.5\n1,1.5\n")
    factors = write(tmp_path / "f.csv", "id,side\n1.0,0\n2.0,1\n")
    assert read_codes(codes, factors).factors.ravel().tolist() == [1, 0]


def test_without_an_id_rows_are_taken_in_their_order(tmp_path):
    np.save(tmp_path / "a.npy", CODES)
    found = read_codes(tmp_path / "a.npy", write(tmp_path / "f.csv", "side\n0\n1\n1\n0\n"))
    assert found.factors.ravel().tolist() == [0, 1, 1, 0]


def test_columns_may_be_named(tmp_path):
    path = write(tmp_path / "a.csv", HEADER + rows())
    found = read_codes(path, columns=["z1"], factor_columns=["sc*"])
    assert np.array_equal(found.codes, CODES[:, 1:])
    assert found.factor_names == ("scale",)
    kinds = {"scale": "periodic"}
    assert read_codes(path, factor_columns=["scale"], factor_kinds=kinds).factor_kinds == (
        "periodic",
    )


def test_a_key_of_another_name_may_be_the_codes(tmp_path):
    np.savez(tmp_path / "a.npz", embeddings=CODES, labels=[0, 1, 0, 1], other=np.zeros(3))
    found = read_codes(tmp_path / "a.npz", columns=["embeddings"], factor_columns=["labels"])
    assert np.array_equal(found.codes, CODES)
    assert found.factors.shape == (4, 1)


def test_rows_with_a_missing_factor_are_left_out_and_counted(tmp_path):
    text = HEADER + rows(shapes=["square", "", "heart", "NA"])
    found = read_codes(write(tmp_path / "a.csv", text))
    assert np.array_equal(found.codes, CODES[[0, 2]])
    assert np.array_equal(found.factors, [[1, 3], [0, 2]])
    assert "2 of 4 rows are left out: a factor is missing" in said(found)
    np.savez(tmp_path / "a.npz", codes=CODES, factors=[0, np.nan, 1, 1])
    assert len(read_codes(tmp_path / "a.npz").codes) == 3


def test_columns_that_number_or_name_the_rows_are_no_factors(tmp_path):
    text = "".join(
        f"{i},cell{i},{line}\n" for i, line in enumerate((HEADER + rows()).splitlines()[1:])
    )
    found = read_codes(write(tmp_path / "a.csv", ",name," + HEADER + text))
    is_the_same(found)
    assert "the first column numbers or names the rows and is left out" in said(found)


def test_a_table_of_numbers_alone_has_no_header(tmp_path):
    np.savetxt(tmp_path / "a.txt", CODES, delimiter=",")
    np.save(tmp_path / "f.npy", np.array([0, 1, 0, 1]))
    found = read_codes(tmp_path / "a.txt", tmp_path / "f.npy")
    assert np.array_equal(found.codes, CODES)


def test_parquet_is_read_with_texts_missing_values_and_lists(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table(
        {"z0": CODES[:, 0], "z1": CODES[:, 1], "shape": SHAPES, "scale": [3, 1, 2, 1]}
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    is_the_same(read_codes(tmp_path / "a.parquet"))
    lists = pyarrow.table(
        {
            "embedding": CODES.tolist(),
            "kind": pyarrow.array(SHAPES).dictionary_encode(),
            "age": [1, None, 3, 4],
        }
    )
    parquet.write_table(lists, tmp_path / "b.parquet")
    found = read_codes(tmp_path / "b.parquet")
    assert np.array_equal(found.codes, CODES[[0, 2, 3]])
    assert np.array_equal(found.factors, [[1, 1], [0, 3], [1, 4]])


def parquet_with_dates(path):
    pyarrow = pytest.importorskip("pyarrow")
    days = np.array(["2020-01-01", "2020-01-02", "NaT", "2020-01-02"], dtype="datetime64[us]")
    columns = {"z0": CODES[:, 0], "z1": CODES[:, 1], "shape": SHAPES, "when": days}
    columns["spent"] = days - days[0]
    pytest.importorskip("pyarrow.parquet").write_table(pyarrow.table(columns), path)
    return path


def test_dates_of_parquet_are_no_factors_unless_they_are_named(tmp_path):
    path = parquet_with_dates(tmp_path / "a.parquet")
    found = read_codes(path)
    assert found.factor_names == ("shape",)
    assert "when holds times and is left out" in said(found)
    found = read_codes(path, factor_columns=["when"])
    assert np.diff(found.factors, axis=0).ravel().tolist() == [1, 0]
    assert found.factor_kinds == ("continuous",)
    found = read_codes(path, factor_columns=["shape"], beside=["when"])
    assert np.array_equal(found.codes, CODES[[0, 1, 3]])


def test_a_column_that_cannot_be_used_is_not_said_to_be_missing(tmp_path):
    path = parquet_with_dates(tmp_path / "a.parquet")
    assert "not read: spent (duration[us])" in said(read_codes(path))
    for named in ({"beside": ["spent"]}, {"factor_columns": ["spent"]}):
        with pytest.raises(InputError, match=r"spent cannot be used as it is: got duration\[us\]"):
            read_codes(path, **named)


def test_two_columns_of_one_name_are_refused_in_parquet_too(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table([CODES[:, 0], CODES[:, 1], SHAPES], names=["z0", "z1", "z1"])
    pytest.importorskip("pyarrow.parquet").write_table(table, tmp_path / "a.parquet")
    with pytest.raises(InputError, match="has two columns of one name: got 'z1'"):
        read_codes(tmp_path / "a.parquet")


def test_safetensors_have_the_keys_of_npz(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    arrays = {"codes": CODES, "factors": np.array([[1, 3], [0, 1], [0, 2], [1, 1]])}
    texts = {"factor_names": '["shape", "scale"]', "factor_kinds": '["categorical", "ordinal"]'}
    library.save_file(arrays, tmp_path / "a.safetensors", metadata=texts)
    is_the_same(read_codes(tmp_path / "a.safetensors"))


def h5ad(path):
    """A file as anndata 0.8 and later write it, of what is read from it."""
    library = pytest.importorskip("h5py")
    texts = library.string_dtype()
    with library.File(path, "w") as file:
        file["X"] = np.zeros((4, 3))
        file["obsm/X_pca"], file["obsm/X_umap"] = CODES, CODES[:, :1]
        obs = file.create_group("obs")
        obs.attrs["_index"] = "barcode"
        obs.create_dataset("barcode", data=["a", "b", "c", "d"], dtype=texts)
        obs["scale"] = [3, 1, 2, 1]
        shape = obs.create_group("shape")
        shape.attrs["encoding-type"] = "categorical"
        shape["codes"] = np.array([1, 0, 0, 1], dtype=np.int8)
        shape.create_dataset("categories", data=["heart", "square"], dtype=texts)
        lacking = obs.create_group("lacking")
        lacking.attrs["encoding-type"] = "nullable-integer"
        lacking["values"], lacking["mask"] = [5, 1, 6, 5], [False, True, False, False]
    return path


def test_h5ad_gives_an_embedding_and_annotations(tmp_path):
    path = h5ad(tmp_path / "a.h5ad")
    is_the_same(read_codes(path, columns=["X_pca"], factor_columns=["shape", "scale"]))
    lacking = read_codes(path, columns=["X_pca"], factor_columns=["lacking"])
    assert lacking.factors.ravel().tolist() == [5, 6, 5]
    with pytest.raises(InputError, match="got X_pca, X_umap; try --codes X_pca"):
        read_codes(path, factor_columns=["shape"])
    with pytest.raises(InputError, match="got the columns lacking, scale, shape"):
        read_codes(path, columns=["X_pca"])


def test_a_sparse_entry_is_said_and_named_rather_than_unknown(tmp_path):
    path = h5ad(tmp_path / "a.h5ad")
    with pytest.importorskip("h5py").File(path, "r+") as file:
        file.create_group("obsm/X_sparse").attrs["encoding-type"] = "csr_matrix"
        file["obsm/X_cube"] = np.zeros((4, 2, 2))
    found = read_codes(path, columns=["X_pca"], factor_columns=["shape"])
    assert "not read: X_cube (array of 3 axes), X_sparse (csr_matrix)" in said(found)
    with pytest.raises(InputError, match="X_sparse cannot be used as it is: got csr_matrix"):
        read_codes(path, columns=["X_sparse"], factor_columns=["shape"])
    with pytest.raises(InputError, match=r"got X_pca, X_umap; not read: .*X_sparse"):
        read_codes(path, factor_columns=["shape"])


def test_the_names_of_observations_join_h5ad_with_a_table(tmp_path):
    path = h5ad(tmp_path / "a.h5ad")
    factors = write(tmp_path / "f.csv", "cell,shape,age\nd,x,1\nb,y,2\n")
    found = read_codes(path, factors, columns=["X_pca"], factor_columns=["age"])
    assert np.array_equal(found.codes, CODES[[1, 3]])
    assert found.factors.ravel().tolist() == [2, 1]


def test_names_of_samples_that_nothing_shares_are_refused(tmp_path):
    factors = write(tmp_path / "f.csv", "cell,age\nd-1,1\nb-1,2\nc-1,1\na-1,2\n")
    with pytest.raises(InputError, match="share no id: got 'a' in the codes and 'd-1'"):
        read_codes(h5ad(tmp_path / "a.h5ad"), factors, columns=["X_pca"])


def test_ids_are_found_under_another_name(tmp_path):
    codes = write(tmp_path / "c.csv", "cell,z0,z1\na,1,0\nb,2,0\nc,3,0\n")
    factors = write(tmp_path / "f.csv", "shape,cell_id\nx,c\ny,a\nx,b\n")
    found = read_codes(codes, factors)
    assert found.factor_names == ("shape",)
    assert found.factors.ravel().tolist() == [1, 0, 0]
    assert "joined on cell and cell_id" in found.spec["notes"]


def test_another_hdf5_file_gives_its_arrays(tmp_path):
    library = pytest.importorskip("h5py")
    with library.File(tmp_path / "a.h5", "w") as file:
        file["codes"], file["factors"] = CODES, [0, 1, 0, 1]
    assert np.array_equal(read_codes(tmp_path / "a.h5").codes, CODES)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "z0,z1\n", "has no rows"),
        ("a.csv", "z0,z0\n1,2\n", "two columns of one name"),
        ("a.csv", "z0,z1,s\n1,2\n", "2 values in data row 1 and 3 columns"),
        ("a.csv", "size,shape\n1,a\n2,a\n", "which columns are the codes.*--codes NAME"),
        ("a.csv", "z0,z1,s\n1,2,a\n2,x,a\n", "column 'z1': got 'x' in data row 2"),
        ("a.csv", "z0;z1;s\n1,5;2,5;a\n", "column 'z0': got '1,5' in data row 1.*point"),
        ("a.csv", "z0,z1\n1,2\n2,3\n", "which columns are the factors.*--factors"),
        ("a.csv", "z0,z1,s\n1,2,a\n2,nan,a\n", "codes hold NaN"),
        ("a.csv", "z0,z1,s\n1,2,\n2,1,NA\n", "every row lacks a factor"),
        ("a.parquet", "PAR1", "truncated or damaged"),
        ("a.safetensors", "{}", "safetensors"),
        ("a.h5ad", "text", "truncated or damaged"),
        ("a", "\x00\x01", "which columns|is empty|no rows"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(tmp_path, name, text, words):
    with pytest.raises(InputError, match=words):
        read_codes(write(tmp_path / name, text))


@pytest.mark.parametrize(
    ("name", "line"),
    [("latin1", 3), ("utf-16", 1)],
)
def test_a_text_in_another_encoding_is_to_be_saved_in_utf_8(tmp_path, name, line):
    (tmp_path / "a.csv").write_bytes("z0,s\n1,b\n2,é\n".encode(name))
    with pytest.raises(
        InputError, match=f"not in UTF-8: got the byte .* in line {line}; try .*iconv -f {name}"
    ):
        read_codes(tmp_path / "a.csv")


def test_a_file_that_is_no_text_is_to_be_saved_as_arrays(tmp_path):
    (tmp_path / "a").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match=r"is no text in UTF-8.*try numpy.savez"):
        read_codes(tmp_path / "a")


def test_pickles_are_named_and_not_loaded(tmp_path):
    (tmp_path / "a.pkl").write_bytes(b"\x80\x04\x95\x05")
    with pytest.raises(InputError, match="is a pickle, and unbraid loads none"):
        read_codes(tmp_path / "a.pkl")


@pytest.mark.parametrize("ending", ["csv", "parquet", "safetensors", "h5ad", "npz", "dat"])
def test_a_missing_file_is_a_store_error(tmp_path, ending):
    with pytest.raises(StoreError, match="cannot read"):
        read_codes(tmp_path / f"none.{ending}")


def test_files_that_do_not_belong_together_are_refused(tmp_path):
    codes = write(tmp_path / "a.csv", "id,z\na,0.5\nb,1.5\n")
    with pytest.raises(InputError, match="share no id: got 'a' in the codes and 'x'"):
        read_codes(codes, write(tmp_path / "f.csv", "id,s\nx,0\ny,1\n"))
    with pytest.raises(InputError, match="an id occurs more than once in the factors: got 'a'"):
        read_codes(codes, write(tmp_path / "f.csv", "id,s\na,0\na,1\n"))
    with pytest.raises(InputError, match="2 codes and 3 factors, and no column in both"):
        read_codes(codes, write(tmp_path / "f.csv", "s\n0\n0\n1\n"))
    with pytest.raises(InputError, match=r"no column 'id' in both"):
        read_codes(codes, write(tmp_path / "f.csv", "s\n0\n0\n"), id_column="id")


def test_an_id_that_is_no_column_is_refused_rather_than_guessed(tmp_path):
    codes = write(tmp_path / "a.csv", "cell,z0,z1\na,1,2\nb,2,3\n")
    factors = write(tmp_path / "f.csv", "cell,s\na,0\nb,1\n")
    with pytest.raises(
        InputError, match=r"unknown column of .*allowed: cell, s, z0, z1; try 'cell'"
    ):
        read_codes(codes, factors, id_column="cel")
    with pytest.raises(InputError, match=r"unknown column of .*a.csv: got 'foo'"):
        read_codes(codes, id_column="foo")
    np.savez(tmp_path / "a.npz", codes=CODES, factors=[0, 1, 0, 1])
    with pytest.raises(InputError, match=r"--id names a column of tables: got 'foo' for npz"):
        read_codes(tmp_path / "a.npz", id_column="foo")


def test_factors_of_arrays_are_chosen_by_the_names_that_the_file_gives(tmp_path):
    factors, names = np.arange(8).reshape(4, 2), np.array(["shape", "scale"])
    kinds = np.array(["categorical", "periodic"])
    np.savez(
        tmp_path / "a.npz", codes=CODES, factors=factors, factor_names=names, factor_kinds=kinds
    )
    found = read_codes(tmp_path / "a.npz", factor_columns=["scale"])
    assert found.factors.ravel().tolist() == [1, 3, 5, 7]
    assert (found.factor_names, found.factor_kinds) == (("scale",), ("periodic",))
    assert read_codes(tmp_path / "a.npz", factor_columns=["scale"] * 2).factor_names == ("scale",)
    assert read_codes(tmp_path / "a.npz", factor_columns=["s*"]).factor_names == tuple(names)
    for wrong in (["foo"], ["scale", "foo"]):
        with pytest.raises(InputError, match=r"got 'foo'; allowed: factors, scale, shape$"):
            read_codes(tmp_path / "a.npz", factor_columns=wrong)
    np.savez(tmp_path / "b.npz", codes=CODES, factors=factors, factor_names=names[[0, 0]])
    with pytest.raises(InputError, match="two factors of one name: got 'shape'"):
        read_codes(tmp_path / "b.npz", factor_columns=["shape"])


def test_columns_beside_are_no_factors_and_keep_to_their_rows(tmp_path):
    text = "z0,z1,shape,day\n1,2,a,10\n3,4,,20\n5,6,b,30\n7,8,a,40\n"
    found = read_codes(write(tmp_path / "a.csv", text), beside=["day"])
    assert found.factor_names == ("shape",)
    assert found.spec["beside"]["day"].tolist() == [10, 30, 40]
    with pytest.raises(InputError, match="try 'day'"):
        read_codes(tmp_path / "a.csv", beside=["days"])


@pytest.mark.parametrize("gone", ["", "NA"])
def test_rows_that_lack_what_is_beside_are_left_out_and_counted(tmp_path, gone):
    text = f"z0,z1,shape,patient,day\n1,2,a,p,10\n3,4,,q,20\n5,6,b,{gone},30\n7,8,a,p,{gone}\n"
    path = write(tmp_path / "a.csv", text)
    found = read_codes(path, factor_columns=["shape"], beside=["patient"])
    assert found.codes.tolist() == [[1, 2], [7, 8]]
    assert found.spec["beside"]["patient"].tolist() == ["p", "p"]
    assert "1 of 4 rows is left out: patient is missing" in said(found)
    assert "1 of 3 rows is left out: a factor is missing" in said(found)
    found = read_codes(path, factor_columns=["shape"], beside=["day"])
    assert found.spec["beside"]["day"].tolist() == [10, 30]
    lacking = write(tmp_path / "b.csv", f"z0,shape,patient\n1,a,{gone}\n2,b,{gone}\n")
    with pytest.raises(InputError, match="every row lacks patient"):
        read_codes(lacking, columns=["z0"], factor_columns=["shape"], beside=["patient"])
