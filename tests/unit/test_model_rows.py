"""Model configurations: parameters against the published number, or the size in the name."""

from tauplan.catalog.lookup import Catalog
from tauplan.validate.layouts import predict_file

TABLE = """model,arch,model_type,layers,hidden,ffn,heads,kv_heads,vocab,tie_embeddings
meta-llama/Llama-3.1-70B,LlamaForCausalLM,llama,80,,,,,,
Qwen/Qwen3-235B-A22B,Qwen3MoeForCausalLM,qwen3_moe,94,,,,,,
someone/Sized-8B,LlamaForCausalLM,llama,32,4096,14336,32,8,128256,False
someone/Unheard-9B,X,x,1,,,,,,
someone/Nameless,X,x,1,,,,,,
someone/Experts-8x7B,X,x,1,,,,,,
"""


def test_parameters_stand_beside_the_size_in_the_name(tmp_path):
    path = tmp_path / "models.csv"
    path.write_text(TABLE, encoding="utf-8")
    llama, qwen, sized, unheard, nameless, experts = predict_file(path, Catalog.load())
    assert abs(llama.error) < 0.02
    assert abs(qwen.error) < 0.02
    assert abs(sized.error) < 0.02  # of no catalogued name: from the row's own sizes
    assert unheard.reason == "hidden is missing"
    assert "neither the name nor the catalogue" in nameless.reason
    assert "neither the name nor the catalogue" in experts.reason  # the size of one of its experts


def test_listed_files_are_named_and_not_answered(tmp_path):
    path = tmp_path / "files.csv"
    path.write_text("wheel,file,bytes\na.whl,a/b.onnx,12\n", encoding="utf-8")
    (found,) = predict_file(path, Catalog.load())
    assert not found.answered
    assert "tauplan inspect" in found.reason
