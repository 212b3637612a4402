"""Whole transformers in fp32 as the sum of their operators: published latencies of five devices."""

from __future__ import annotations

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.validate.layouts import predict_file

ROWS = """model_name,seqlen,batch,device,mode,option,label_all_e2e_latency
bert_large,512,16,NVIDIA_A100-PCIE-40GB,inf,,396.475
bert_large,512,16,NVIDIA_A100-PCIE-40GB,inf,fusion,345.172
bert_large,512,8,Tesla_V100-PCIE-32GB,train,,841.123
gpt2_large,1024,4,Tesla_P100-PCIE-16GB,inf,,1303.005
gpt2_large,1024,4,Tesla_V100-PCIE-32GB,inf,,728.770
opt_13,2048,2,AMD_Instinct_MI210,inf,,637.713
opt_13,2048,8,NVIDIA_A100-PCIE-40GB,inf,,3722.624
gpt2_large,1024,4,NVIDIA_A100-SXM4-40GB,train,dp4,452.300
switchxl4,512,1,NVIDIA_A100-PCIE-40GB,inf,,223.212
"""


def test_latencies_are_within_10_percent_and_the_rest_says_why(tmp_path):
    path = tmp_path / "whole.csv"
    path.write_text(ROWS)
    found = predict_file(path, Catalog.load())
    assert np.median([abs(p.error) for p in found[:7]]) < 0.10
    assert "several devices" in found[7].reason and "no layers are known" in found[8].reason
