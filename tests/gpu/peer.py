"""The work of `./vlm bench-step` in Hugging Face transformers: one JSON line for each job.

A job is SIZE:DTYPE:NEW_TOKENS, such as 256m:bfloat16:64. Sizes are those of recipes/bench/Work.cs, weights are random, no
token ends a completion. A step: a group of 8 is sampled by generate, its log-probs are recomputed without a gradient, and
every weight is moved by AdamW. Without masters: transformers trains the weights in the type they have.
"""
import argparse
import gc
import json
import statistics
import time

import torch
import transformers
from transformers import GenerationConfig, SmolVLMConfig, SmolVLMForConditionalGeneration

GROUP, PROMPT = 8, 32
SIZES = {
    "tiny": dict(
        text=dict(vocab_size=1024, hidden_size=192, intermediate_size=512, num_hidden_layers=4, num_attention_heads=6,
                  num_key_value_heads=2, head_dim=32, rope_theta=10000.0, max_position_embeddings=2048),
        vision=dict(hidden_size=128, intermediate_size=512, num_hidden_layers=4, num_attention_heads=4, image_size=96,
                    patch_size=8),
        scale=2, image_token=1023),
    "256m": dict(
        text=dict(vocab_size=49280, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
                  num_key_value_heads=3, head_dim=64, rope_theta=100000.0, max_position_embeddings=8192),
        vision=dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, image_size=512,
                    patch_size=16),
        scale=4, image_token=49190),
    "2b": dict(
        text=dict(vocab_size=49280, hidden_size=2048, intermediate_size=8192, num_hidden_layers=24, num_attention_heads=32,
                  num_key_value_heads=32, head_dim=64, rope_theta=130000.0, max_position_embeddings=8192),
        vision=dict(hidden_size=1152, intermediate_size=4304, num_hidden_layers=27, num_attention_heads=16, image_size=384,
                    patch_size=14),
        scale=3, image_token=49190),
}


def build(size, dtype, device):
    sizes = SIZES[size]
    config = SmolVLMConfig.from_dict(dict(
        text_config=dict(model_type="llama", pad_token_id=2, **sizes["text"]),
        vision_config=dict(model_type="smolvlm_vision", **sizes["vision"]),
        scale_factor=sizes["scale"], image_token_id=sizes["image_token"], pad_token_id=2, tie_word_embeddings=False))
    config._attn_implementation = "sdpa"
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            return SmolVLMForConditionalGeneration(config)
    finally:
        torch.set_default_dtype(before)


def inputs(model, size):
    sizes = SIZES[size]
    side = sizes["vision"]["image_size"]
    count = (side // sizes["vision"]["patch_size"] // sizes["scale"]) ** 2
    ids = torch.cat([torch.full((1, count), sizes["image_token"]), torch.randint(10, 900, (1, PROMPT))], 1)
    pixels = torch.rand(1, 1, 3, side, side) * 2 - 1
    return dict(
        input_ids=ids.repeat(GROUP, 1).to(model.device),
        attention_mask=torch.ones_like(ids).repeat(GROUP, 1).to(model.device),
        pixel_values=pixels.repeat(GROUP, 1, 1, 1, 1).to(model.device, model.dtype),
        pixel_attention_mask=torch.ones(GROUP, 1, side, side, dtype=torch.bool, device=model.device))


def measure(size, dtype_name, new, device, repeats):
    torch.manual_seed(0)
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats()
    dtype = getattr(torch, dtype_name)
    model = build(size, dtype, device)
    batch = inputs(model, size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0, fused=device != "cpu")
    sampling = GenerationConfig(
        do_sample=True, temperature=1.0, top_k=0, top_p=1.0, max_new_tokens=new, min_new_tokens=new, eos_token_id=None,
        pad_token_id=2)

    def log_probs(full):
        logits = model(
            input_ids=full, attention_mask=torch.ones_like(full), pixel_values=batch["pixel_values"],
            pixel_attention_mask=batch["pixel_attention_mask"], logits_to_keep=new + 1).logits[:, :-1].float()
        return torch.log_softmax(logits, -1).gather(-1, full[:, -new:, None]).squeeze(-1)

    def now():
        if device != "cpu":
            torch.cuda.synchronize()
        return time.perf_counter()

    def step():
        start = now()
        with torch.no_grad():
            full = model.generate(**batch, generation_config=sampling)
        sampled = now()
        full[:, -new:][full[:, -new:] == SIZES[size]["image_token"]] = 5      # no image stands behind a drawn placeholder
        with torch.no_grad():
            log_probs(full)
        scored = now()
        optimizer.zero_grad()
        (-log_probs(full).mean()).backward()
        optimizer.step()
        return sampled - start, scored - sampled, now() - scored

    step()
    times = [step() for _ in range(repeats)]
    rollout, score, update = (statistics.median(column) for column in zip(*times))
    line = dict(
        size=size, dtype=dtype_name, group=GROUP, new_tokens=new, rollout_tok_s=round(GROUP * new / rollout, 1),
        logprob_s=round(score, 4), update_s=round(update, 4), step_s=round(statistics.median(map(sum, times)), 4),
        repeats=repeats, engine=f"transformers {transformers.__version__}, torch {torch.__version__}")
    if device != "cpu":
        free, whole = torch.cuda.mem_get_info()
        line["gpu_mb"] = round((whole - free) / 1e6)
    return line


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("jobs", nargs="+")
    options.add_argument("--device", default="cuda")
    options.add_argument("--repeats", type=int, default=5)
    chosen = options.parse_args()
    for job in chosen.jobs:
        size, dtype, new = job.split(":")
        print(json.dumps(measure(size, dtype, int(new), chosen.device, chosen.repeats)), flush=True)
        gc.collect()
        if chosen.device != "cpu":
            torch.cuda.empty_cache()


main()
