"""A folder of tables: what is known is predicted, what is not is named, nothing is lost."""

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.validate.folder import predict_folder

GEMM = "system,backend,gemm_dtype,m,n,k,latency_ms\nh100_sxm,x,bfloat16,4096,4096,4096,0.25\n"


def test_known_tables_are_predicted_and_others_named(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "gemm.csv").write_text(GEMM, encoding="utf-8")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    heard: list[str] = []
    found = predict_folder(tmp_path, Catalog.load(), heard.append)
    assert [p.case for p in found.predictions] == ["deep/gemm.csv:1"]
    assert found.others == {"other.csv": "no known layout of measured cases"}
    assert heard == ["deep/gemm.csv", "other.csv"]


def test_a_folder_without_tables_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no tables in the folder"):
        predict_folder(tmp_path, Catalog.load())
