"""Measured power: rows in, rows out, within stated bounds.

A few published facts: ML.ENERGY v3 (Qwen3-32B on one H100), FlagPerf (A100, Ascend 910B), MLPerf power v2.1.
"""

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.validate.layouts import predict_file

HEADER = (
    "case_id,family,scope,model,device,n_device,mode,batch,precision,config,metric,value,unit,notes,"
    "energy_per_item_J,item"
)
GPU, WALL = "GPU only (NVML)", "at the wall"
TP1 = "TP1 DP1 EP1"
LIMITED = '"{""power_limit"": 125}"'
IMAGE, VIDEO = (
    "inference_steps=50; image_height=1024; image_width=1024",
    "inference_steps=50; num_frames=81; video_height=480; video_width=832",
)
TABLE = f"""{HEADER}
1,ml,{GPU},Qwen3-32B,H100,1,lm-arena-chat,15.97,bf16,{TP1},power,566,W,avg_output_len=625,0.96,token
2,ml,{GPU},Llama-3.1-8B-Instruct,H100,1,lm-arena-chat,511,bf16,{TP1},power,688,W,avg_output_len=397,,
3,ml,{GPU},Llama-3.3-70B-Instruct,H100,4,lm-arena-chat,32,bf16,TP4 DP1 EP1,power,1896,W,avg_output_len=413,,
4,flagperf,card,computation-BF16,ascend / Atlas800T A2,8,micro-benchmark,,,TDP 350 W,power,364.7,W,,,
5,flagperf,card,main_memory-bandwidth,nvidia A100 / A100-40GiB-SXM,8,micro-benchmark,,,,power,239.3,W,,,
6,mlperf,{WALL},bert-99,NVIDIA A100-PCIe-80GB,8,inference Offline,,int8,host AMD EPYC 7742 x2,power,2163,W,MaxQ,,
7,zeus,{GPU},movielens-1m / ncf,V100,1,training,32,,,power,37.6,W,,,
8,zeus,{GPU},imagenet / resnet50,A40,1,training,64,,,power,244,W,,,
9,zeus,{GPU},cifar100 / shufflenetv2,V100,1,training,512,,{LIMITED},power,110,W,,,
10,ml,{GPU},black-forest-labs/FLUX.1-dev,H100,1,text-to-image,1,bf16,{IMAGE},power,682.9,W,,7940,image
11,ml,{GPU},Wan-AI/Wan2.1-T2V-14B-Diffusers,H100,4,text-to-video,4,bf16,{VIDEO},power,2698,W,,385000,video
12,ml,{GPU},Qwen3-VL-8B-Instruct,H100,1,image-chat,63.8,bf16,{TP1},power,528,W,avg_output_len=950,0.16,token
13,ml,{GPU},Qwen/Qwen3-32B,H100,1,lm-arena-chat,many,bf16,{TP1},power,566,W,avg_output_len=625,,
14,zeus,{GPU},mnist / a net of no name,V100,1,training,8,,,power,60,W,,,
"""


@pytest.fixture(scope="module")
def predictions(tmp_path_factory):
    path = tmp_path_factory.mktemp("cases") / "power.csv"
    path.write_text(TABLE, encoding="utf-8")
    return predict_file(path, Catalog.load())


def test_every_row_has_its_answer_or_its_reason(predictions):
    assert [p.case for p in predictions] == [str(i) for i in range(1, 15)]
    assert [p.answered for p in predictions] == [True] * 12 + [False] * 2
    assert "batch is not a number: 'many'" in predictions[12].reason
    assert "unknown training job" in predictions[13].reason


def test_errors_stay_within_their_bounds(predictions):
    errors = np.array([abs(p.error) for p in predictions if p.answered])
    assert np.median(errors) < 0.10
    assert errors.max() < 0.30


def test_items_have_their_energy_beside_the_power(predictions):
    items = {p.case: p.second for p in predictions if p.second is not None}
    assert {case: item.metric for case, item in items.items()} == {
        "1": "J per token",
        "10": "J per image",
        "11": "J per video",
        "12": "J per token",
    }
    assert all(abs(item.error) < 0.5 for item in items.values())
    assert np.median([abs(item.error) for item in items.values()]) < 0.25


def test_a_power_limit_below_the_need_is_what_is_drawn(predictions):
    """A published trace: with the limit at 125 W the card draws 110 W; what it would draw is near 190 W."""
    assert predictions[8].predicted == pytest.approx(125.0)


def test_kinds_tell_walls_and_generations_without_measured_power(predictions):
    kinds = {p.case: p.kind for p in predictions}
    assert (kinds["1"], kinds["4"], kinds["6"]) == (
        "power",
        "power of other generations",
        "power at the wall",
    )
