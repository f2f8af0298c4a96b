using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Grpo.Tests.Step;

/// <summary>
/// The smallest policy: the next token depends on the last one alone, through two factors [5, 3] and [3, 5] in double
/// precision; a frozen bias is added. It notes how often it ran each prompt.
/// </summary>
internal sealed class BigramPolicy : IEffectPolicy, IDisposable
{
    public const int Vocabulary = 5, End = 4;

    public BigramPolicy(long seed = 1)
    {
        Left = New(seed, 0, Vocabulary, 3);
        Right = New(seed, 1, 3, Vocabulary);
        Frozen = New(seed, 2, Vocabulary);
        Frozen.requires_grad = false;
    }

    public Parameter Left { get; }

    public Parameter Right { get; }

    public Parameter Frozen { get; }

    /// <summary>The prompt whose log-probs are spoiled: they are NaN, or only their slope is.</summary>
    public string? Spoiled { get; set; }

    public bool SpoilsOnlySlope { get; set; }

    public List<string[]> Batches { get; } = [];

    /// <summary>Told each time that log-probs are asked for, how often they have been.</summary>
    public Action<int> Read { get; set; } = _ => { };

    public IReadOnlyList<(string Name, Parameter Value)> Trainable => [("left", Left), ("right", Right)];

    public static Prompt Prompt(string id, int token) => new(id, id, [token], null, []);

    public Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
    [
        .. Enumerable.Range(0, prompts.Count * group)
            .Select(i => Draw(prompts[i / group], i / group, i % group, sampling, key)),
    ];

    public IAsyncEnumerable<int> StreamAsync(
        Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        throw new NotSupportedException("no test streams it");

    public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        Batches.Add([.. rollouts.Select(rollout => rollout.Prompt.Id)]);
        Read(Batches.Count);
        int width = rollouts.Max(rollout => rollout.Actions.Length);
        long[] before = [.. rollouts.SelectMany(r => Pad([r.Prompt.Tokens[^1], .. r.Actions.SkipLast(1)], width))];
        long[] actions = [.. rollouts.SelectMany(r => Pad(r.Actions, width))];
        double[] mask =
            [.. rollouts.SelectMany(r => Enumerable.Range(0, width).Select(t => t < r.Actions.Length ? 1.0 : 0))];

        torch.Tensor all = Distribution(torch.tensor(before), sampling);
        torch.Tensor found = all.gather(1, torch.tensor(actions).unsqueeze(1)).reshape(rollouts.Count, width);
        torch.Tensor entropy = -(all.exp() * all).sum(1).reshape(rollouts.Count, width).detach();
        torch.Tensor kept = torch.tensor(mask).reshape(rollouts.Count, width);
        return new((found + Spoil(rollouts)) * kept, entropy * kept, kept);
    }

    public torch.Tensor EffectEntropy(IReadOnlyList<Rollout> rollouts, Sampling sampling) => LogProbs(rollouts, sampling).Entropy;

    public double[] Weights() =>
        [.. Left.detach().flatten().data<double>(), .. Right.detach().flatten().data<double>()];

    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
        Frozen.Dispose();
    }

    private torch.Tensor Distribution(torch.Tensor before, Sampling sampling) =>
        ((Left.index_select(0, before).matmul(Right) + Frozen) / sampling.Temperature).log_softmax(1);

    // The root of 0 times a weight is 0, and its slope is infinity times 0.
    private torch.Tensor Spoil(IReadOnlyList<Rollout> rollouts)
    {
        torch.Tensor rows = torch.tensor(rollouts.Select(r => r.Prompt.Id == Spoiled ? 1.0 : 0).ToArray()).unsqueeze(1);
        if (Spoiled is null || rows.sum().item<double>() == 0)
            return rows;
        return SpoilsOnlySlope ? rows * (Left.sum() * 0).sqrt() : rows * double.NaN;
    }

    private Rollout Draw(Prompt prompt, int index, int member, Sampling sampling, SampleKey key)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        double[][] table =
            [.. Distribution(torch.arange(Vocabulary), sampling).data<double>().ToArray().Chunk(Vocabulary)];
        var random = new RandomStream(key.Seed, "sample", key.Step, key.FirstPrompt + index, member);
        var actions = new List<int>();
        while (actions.Count < sampling.MaxNewTokens && (actions.Count == 0 || actions[^1] != End))
            actions.Add(Pick(table[actions.Count == 0 ? prompt.Tokens[^1] : actions[^1]], random.NextDouble()));

        int[] states = [prompt.Tokens[^1], .. actions];
        float[] logProbs = [.. actions.Select((action, t) => (float)table[states[t]][action])];
        return new(
            prompt, member, [.. actions], [.. actions], logProbs, string.Join(' ', actions),
            actions[^1] == End ? StopReason.EndOfSequence : StopReason.Length);
    }

    private static int Pick(double[] logProbs, double random)
    {
        for (int i = 0; i < logProbs.Length; i++)
            if ((random -= Math.Exp(logProbs[i])) < 0)
                return i;
        return logProbs.Length - 1;
    }

    private static IEnumerable<long> Pad(int[] tokens, int width) =>
        tokens.Concat(Enumerable.Repeat(0, width - tokens.Length)).Select(token => (long)token);

    private static Parameter New(long seed, int part, params long[] shape)
    {
        var random = new RandomStream(seed, "weights", part);
        int count = (int)shape.Aggregate(1L, (a, b) => a * b);
        double[] values = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];
        return new(torch.tensor(values).reshape(shape));
    }
}
