"""A bad cell in a table of training runs, power or configurations spoils its own row and no other."""

from __future__ import annotations

import csv
import io

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.cli.main import main
from tauplan.validate.layouts import predict_file

TRAINING = """case_id,family,model,layers,hidden,ffn,heads,kv_heads,vocab,experts,topk,seq_len,gbs,mbs,n_accel,\
node_size,accel,interconnect,tp,pp,cp,ep,dp_or_fsdp,recompute,precision,framework,metric,value,unit,split_hint
A1,s,GPT 39B,48,8192,32768,64,64,51200,,,2048,1536,4,512,8,A100-SXM-80GB,,8,2,1,1,,full,fp16,Megatron-LM PTD-P,\
time,20,s,dev-check
A2,s,Qwen3-30B-A3B,,,,,,,,,4096,512,4,8,8,b200_sxm,,1,1,1,8,,,fp8,Megatron-Bridge 26.04,rate,27000,tokens/s/GPU,
"""
POWER = """case_id,family,scope,model,device,n_device,mode,batch,precision,config,metric,value,unit,\
energy_per_item_J,item,notes
1,ml,gpu,Llama-3.1-8B-Instruct,H100,1,gpqa,64,bf16,TP1 DP1 EP1,power,650,W,0.2,token,avg_output_len=800
2,ml,gpu,FLUX.1-dev,H100,2,text-to-image,4,bf16,inference_steps=9; image_height=512; image_width=512,power,1100,W,\
900,image,
3,zeus,gpu,imagenet / resnet50,A40,1,training,64,,"{""power_limit"": 200}",power,200,W,,,
4,m,at the wall,bert,NVIDIA A2,1,Offline,,int8,host Intel(R) Xeon(R) D-2776NT x1,power,180,W,,,MaxQ
"""
TESTS = """test_case,platform,nodes,gpus_per_node,num_layers,hidden,ffn,heads,kv_groups,seq,mbs,gbs,tp,pp,cp,\
ep,etp,experts,topk,recompute,precision,iteration_time_s_median
gpt,a100,1,8,12,512,,8,,1024,4,32,1,2,1,,,,,,bf16,0.7
gpt,h100,,8,12,512,,8,,1024,4,32,1,2,1,,,,,,bf16,0.4
"""
MODELS = """model,arch,model_type,layers,hidden,ffn,heads,kv_heads,head_dim,vocab,max_pos,tie_embeddings,\
experts,topk
x/Some-Model-7B,LlamaForCausalLM,llama,32,4096,11008,32,32,128,32000,4096,False,,
gpt-oss-20b,GptOss,gpt_oss,24,2880,2880,64,8,64,201088,131072,False,32,4
"""
TABLES = {"training": TRAINING, "power": POWER, "tests": TESTS, "models": MODELS}


@pytest.fixture(scope="module")
def catalog():
    return Catalog.load()


def read(text):
    return list(csv.reader(io.StringIO(text)))


def predicted(tmp_path, rows, catalog):
    path = tmp_path / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return [
        (p.case, p.answered, p.predicted if p.answered else p.reason) for p in predict_file(path, catalog)
    ]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("bad", ["", "???", "-1", "0", "1e999", "nan"])
def test_any_bad_cell_spoils_its_own_row_alone(name, bad, tmp_path, catalog):
    header, first, *others = read(TABLES[name])
    good = predicted(tmp_path, [header, first, *others], catalog)
    assert all(answered for _, answered, _ in good)
    for column in range(1, len(header)):
        spoilt = [*first[:column], bad, *first[column + 1 :]]
        found = predicted(tmp_path, [header, spoilt, *others], catalog)
        assert found[1:] == good[1:], header[column]
        assert found[0][1] or found[0][2], header[column]  # an answer, or a reason


@pytest.mark.parametrize(
    ("name", "column"), [("training", "accel"), ("power", "device"), ("tests", "hidden")]
)
def test_a_missing_column_is_one_clear_error(name, column, tmp_path, capsys):
    header, *rows = read(TABLES[name])
    left = [i for i, title in enumerate(header) if title != column]
    path = tmp_path / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[row[i] for i in left] for row in (header, *rows)])
    with pytest.raises(SystemExit) as stop:
        main(["validate", "--cases", str(path)])
    told = capsys.readouterr().err
    assert stop.value.code == 2
    assert "no known layout" in told
    assert f"missing {column}" in told
    assert "Traceback" not in told


def test_the_layouts_of_tables_can_be_listed(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["validate", "--layouts"])
    assert not stop.value.code
    assert "matrix products" in capsys.readouterr().out
