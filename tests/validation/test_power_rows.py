"""Measured power: rows in, rows out, within stated bounds.

A few published facts: ML.ENERGY v3 (Qwen3-32B on one H100), FlagPerf (A100, Ascend 910B), MLPerf power v2.1.
"""

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.validate.layouts import predict_file

HEADER = "case_id,family,scope,model,device,n_device,mode,batch,precision,config,metric,value,unit,notes"
GPU, WALL = "GPU only (NVML) of all GPUs", "whole system at the wall (SPEC PTD)"
TABLE = f"""{HEADER}
1,mlenergy,{GPU},Qwen/Qwen3-32B,H100,1,lm-arena-chat,15.97,bfloat16,TP1 DP1 EP1,avg power,566,W,avg_output_len=625
2,mlenergy,{GPU},Llama-3.1-8B-Instruct,H100,1,lm-arena-chat,511,bf16,TP1 DP1 EP1,power,688,W,avg_output_len=397
3,mlenergy,{GPU},Llama-3.3-70B-Instruct,H100,4,lm-arena-chat,32,bf16,TP4 DP1 EP1,power,1896,W,avg_output_len=413
4,flagperf,card,computation-BF16,ascend / Atlas800T A2,8,micro-benchmark,,,TDP 350 W,avg card power,364.7,W,
5,flagperf,card,main_memory-bandwidth,nvidia A100 / A100-40GiB-SXM,8,micro-benchmark,,,,avg card power,239.3,W,
6,mlperf,{WALL},bert-99,NVIDIA A100-PCIe-80GB,8,inference Offline,,int8,host AMD EPYC 7742 x2,avg power,2163,W,MaxQ
7,zeus,{GPU},movielens-1m / ncf,V100,1,training,8,,,avg power,60,W,
8,mlenergy,{GPU},Qwen/Qwen3-32B,H100,1,lm-arena-chat,many,bfloat16,TP1 DP1 EP1,avg power,566,W,avg_output_len=625
"""


@pytest.fixture(scope="module")
def predictions(tmp_path_factory):
    path = tmp_path_factory.mktemp("cases") / "power.csv"
    path.write_text(TABLE, encoding="utf-8")
    return predict_file(path, Catalog.load())


def test_every_row_has_its_answer_or_its_reason(predictions):
    assert [p.case for p in predictions] == [str(i) for i in range(1, 9)]
    assert [p.answered for p in predictions] == [True] * 6 + [False] * 2
    assert "no operators are known" in predictions[6].reason
    assert "batch is not a number: 'many'" in predictions[7].reason


def test_errors_stay_within_their_bounds(predictions):
    errors = np.array([abs(p.error) for p in predictions if p.answered])
    assert np.median(errors) < 0.10
    assert errors.max() < 0.30
