"""Step times of vision networks on a chip that nothing was fitted on: published rows of PyTorch image models."""

from __future__ import annotations

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.validate.layouts import predict_file

HEAD = (
    "case_id,family,model,device,mode,batch,input_size,precision,gmacs,macts_M,metric,value,unit,split_hint"
)
ROWS = """
1,timm,convnext_base,RTX 4090,infer eager,512,320,amp nhwc,31.39,58.68,step time,495.508,ms,dev-check
2,timm,convnext_base,RTX 4090,infer eager,1024,224,amp nchw,15.38,28.75,step time,487.206,ms,dev-check
3,timm,densenet121,RTX 4090,infer eager,512,288,amp nhwc,4.74,11.41,step time,225.743,ms,dev-check
4,timm,densenet121,RTX 4090,infer eager,1024,224,amp nchw,2.87,6.9,step time,282.008,ms,dev-check
5,timm,vit_base_patch16_224,RTX 4090,infer eager,512,224,amp nhwc,17.58,23.9,step time,180.077,ms,dev-check
6,timm,vit_base_patch16_224,RTX 4090,infer eager,1024,224,amp nchw,17.58,23.9,step time,342.132,ms,dev-check
7,timm,vit_base_patch16_224,RTX 4090,infer compiled,1024,224,amp nchw,17.58,23.9,step time,303.329,ms,dev-check
8,timm,densenet121,RTX 4090,infer compiled,1024,224,amp nchw,2.87,6.9,step time,164.886,ms,dev-check
9,timm,vit_base_patch16_224,CPU,infer eager,1024,224,amp nchw,17.58,23.9,step time,342.132,ms,dev-check
10,timm,unheard_of,RTX 4090,infer eager,64,224,amp nchw,,,step time,342.132,ms,dev-check
11,mlperf-inference-v9,net,RTX 4090,inference Offline,64,224,int8,,,throughput,342.132,samples/s,dev-check
"""


@pytest.fixture(scope="module")
def predictions(tmp_path_factory):
    path = tmp_path_factory.mktemp("cases") / "nets.csv"
    path.write_text(HEAD + ROWS)
    return predict_file(path, Catalog.load())


def test_networks_on_an_unseen_chip_are_within_15_percent(predictions):
    errors = np.array([abs(p.error) for p in predictions[:8]])
    assert np.median(errors) < 0.15
    assert errors.max() < 0.35


def test_rows_that_are_not_covered_say_why(predictions):
    reasons = [p.reason for p in predictions[8:]]
    assert "unknown device" in reasons[0]
    assert "no multiply-adds" in reasons[1]
    assert "no network is known" in reasons[2]
    assert not any(p.answered for p in predictions[8:])
