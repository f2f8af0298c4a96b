using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Grpo.Tests.Diagnostics;

/// <summary>
/// Draws each token uniformly among a number that depends on the place alone, after prompts of one token; a token may end the answer.
/// </summary>
/// <param name="widths">Tokens to choose from at each place.</param>
/// <param name="end">The token that ends an answer; -1 for none.</param>
internal sealed class TabularPolicy(int[] widths, int end = -1) : IEffectPolicy
{
    public List<(int[] Tokens, int Group, Sampling Sampling)> Asked { get; } = [];

    public IReadOnlyList<(string Name, Parameter Value)> Trainable => [];

    public static Prompt[] Questions(int count) => [.. Enumerable.Range(0, count).Select(i => new Prompt($"q{i}", "", [100 + i], null, []))];

    public Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default)
    {
        Asked.AddRange(prompts.Select(prompt => (prompt.Tokens, group, sampling)));
        return [.. prompts.SelectMany((prompt, i) => Enumerable.Range(0, group).Select(member =>
            Draw(prompt, member, sampling, new(key.Seed, "sample", key.Step, key.FirstPrompt + i, member))))];
    }

    public IAsyncEnumerable<int> StreamAsync(Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        throw new NotSupportedException("no test streams it");

    public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling) => throw new NotSupportedException("no test trains it");

    public torch.Tensor EffectEntropy(IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        int longest = rollouts.Max(rollout => rollout.Tokens.Length);
        return torch.tensor(rollouts.SelectMany(rollout => Enumerable.Range(0, longest)
            .Select(t => t < rollout.Tokens.Length ? (float)Math.Log(widths[t]) : 0)).ToArray()).view(rollouts.Count, longest);
    }

    private Rollout Draw(Prompt prompt, int member, Sampling sampling, RandomStream random)
    {
        var tokens = new List<int>();
        for (int at = prompt.Tokens.Length - 1; tokens.Count < sampling.MaxNewTokens && (tokens.Count == 0 || tokens[^1] != end); at++)
            tokens.Add(random.Next(widths[at]));
        return new(prompt, member, [.. tokens], [.. tokens], new float[tokens.Count], string.Join(' ', tokens),
            tokens[^1] == end ? StopReason.EndOfSequence : StopReason.Length);
    }
}
