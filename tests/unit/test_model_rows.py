"""Model configurations: parameters against the size in the name."""

from tauplan.catalog.lookup import Catalog
from tauplan.validate.layouts import predict_file

TABLE = """model,arch,model_type,layers
meta-llama/Llama-3.1-70B,LlamaForCausalLM,llama,80
Qwen/Qwen3-235B-A22B,Qwen3MoeForCausalLM,qwen3_moe,94
someone/Unheard-9B,X,x,1
someone/Nameless,X,x,1
"""


def test_parameters_stand_beside_the_size_in_the_name(tmp_path):
    path = tmp_path / "models.csv"
    path.write_text(TABLE, encoding="utf-8")
    llama, qwen, unheard, nameless = predict_file(path, Catalog.load())
    assert abs(llama.error) < 0.02
    assert abs(qwen.error) < 0.02
    assert unheard.reason == "unknown model"
    assert nameless.reason == "the name states no size"


def test_listed_files_are_named_and_not_answered(tmp_path):
    path = tmp_path / "files.csv"
    path.write_text("wheel,file,bytes\na.whl,a/b.onnx,12\n", encoding="utf-8")
    (found,) = predict_file(path, Catalog.load())
    assert not found.answered
    assert "tauplan inspect" in found.reason
