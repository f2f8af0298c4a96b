using System.Diagnostics;
using Vlm;
using Vlm.Generation;
using Vlm.Grpo;

/// <summary>Rollouts alone, of full length, and with one new token: the difference is what decoding takes.</summary>
static class Decoding
{
    public static Dictionary<string, object> Measure(TokenPolicy policy, Prompt prompt, Work work, long seed, BenchOptions options, string size)
    {
        Seconds(1, 0);
        Seconds(Math.Min(4, work.NewTokens), 0);
        double whole = Run.MedianOf([.. Enumerable.Range(1, options.Repeats).Select(repeat => Seconds(work.NewTokens, repeat))]);
        double one = Run.MedianOf([.. Enumerable.Range(1, options.Repeats).Select(repeat => Seconds(1, repeat))]);
        return new Dictionary<string, object>
        {
            ["size"] = size,
            ["group"] = work.Group,
            ["new_tokens"] = work.NewTokens,
            ["rollout_s"] = Math.Round(whole, 4),
            ["rollout_tok_s"] = Math.Round(work.Group * work.NewTokens / whole, 1),
            ["one_token_s"] = Math.Round(one, 4),
            ["decode_step_ms"] = Math.Round(1000 * (whole - one) / Math.Max(1, work.NewTokens - 1), 3),
            ["dtype"] = options.Dtype.ToString().ToLowerInvariant(),
            ["threads"] = options.Threads,
            ["repeats"] = options.Repeats,
        }.WithMemory(policy.Model.Device);

        double Seconds(int tokens, int repeat)
        {
            var clock = Stopwatch.StartNew();
            policy.Sample([prompt], work.Group, new Sampling { MaxNewTokens = tokens }, new SampleKey(seed, repeat));
            return clock.Elapsed.TotalSeconds;
        }
    }
}
