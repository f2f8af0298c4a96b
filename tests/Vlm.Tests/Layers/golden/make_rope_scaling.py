"""Writes rope_scaling.json: inverse frequencies and attention factors of transformers' modeling_rope_utils.py.

python3 make_rope_scaling.py rope_scaling.json        with transformers 5.12.1
"""

import json
import sys

import transformers
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

CASES = [
    ("linear", 16, 10000.0, 512, {"rope_type": "linear", "factor": 4.0}),
    ("Llama 3.1's", 128, 500000.0, 131072, {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                                            "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}),
    ("llama3, small", 16, 100000.0, 512, {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                                          "high_freq_factor": 4.0, "original_max_position_embeddings": 64}),
    ("Qwen's yarn", 128, 1000000.0, 131072, {"rope_type": "yarn", "factor": 4.0,
                                             "original_max_position_embeddings": 32768}),
    ("yarn, small", 16, 1000000.0, 512, {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128}),
    ("yarn, all set", 32, 10000.0, 4096, {"rope_type": "yarn", "factor": 40.0, "original_max_position_embeddings": 4096,
                                          "beta_fast": 16.0, "beta_slow": 2.0, "mscale": 1.0, "mscale_all_dim": 0.707,
                                          "truncate": False}),
    ("yarn, own factor", 32, 10000.0, 4096, {"rope_type": "yarn", "factor": 2.0, "attention_factor": 1.5,
                                             "original_max_position_embeddings": 1024}),
]


def computed(name, head, theta, positions, rope):
    config = LlamaConfig(hidden_size=2 * head, num_attention_heads=2, head_dim=head, max_position_embeddings=positions)
    config.rope_parameters = {**rope, "rope_theta": theta}
    inverse, factor = ROPE_INIT_FUNCTIONS[rope["rope_type"]](config, "cpu")
    return {"name": name, "head_dim": head, "rope_theta": theta, "max_position_embeddings": positions, "rope": rope,
            "inverse": [float(value) for value in inverse], "attention_factor": float(factor)}


with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump({"transformers": transformers.__version__, "cases": [computed(*case) for case in CASES]}, file, indent=1)
    file.write("\n")
