using System.Diagnostics;
using TorchSharp;
using Vlm;
using Vlm.Checkpoints;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Layers;
using Vlm.Models;
using Vlm.Rewards.Learned;
using static System.FormattableString;

/// <summary>A reward model, and what forward passes of the same rows take.</summary>
sealed class RewardBench : IDisposable
{
    private const int RowsTogether = 64;
    private readonly RewardModelFolder _folder;
    private readonly RewardModelReward _reward;
    private readonly Completion[] _completions;
    private readonly Rollout[] _answers;

    private RewardBench(RewardModelFolder folder, BenchLearnedOptions options)
    {
        (_folder, _reward) = (folder, new("rm", folder));
        _completions = BenchedAnswers.Of(options.Questions, options.Answers, text => folder.Processor.Completion(text).Length);
        var same = (IEqualityComparer<Example>)ReferenceEqualityComparer.Instance;
        var prompts = _completions.Select(one => one.Example).Distinct(same)
            .ToDictionary(example => example, example => folder.Processor.Prompt(example, null), same);
        _answers = [.. _completions.Select(one => folder.Reward.Answer(prompts[one.Example], one.Text))];
    }

    /// <summary>Gives a model a head of random weights, in a folder of the run that does not stay, and loads it.</summary>
    public static RewardBench Open(string model, string run, torch.Device device, BenchLearnedOptions options)
    {
        string folder = Path.Combine(run, "reward");
        try
        {
            VlmCheckpoint loaded = VlmCheckpoint.Load(model, device);
            using IDisposable weights = loaded.Model;
            using RewardHead head = RewardHead.New(["reward"], loaded.Model.Sizes.Attention.HiddenSize, device);
            using (torch.no_grad())
                _ = head.Parameters[0].Value.normal_(0, 0.02);
            CompleteFolder.Write(folder, inner => loaded.Write(inner, null, HubFolder.MaxShardBytes,
                head: new ModelHead(head.Parameters, config => RewardModelFolder.Configure(config, head, RewardScale.Raw))));
            return new(RewardModelFolder.Load(folder, new() { Device = device.ToString(), Precision = options.Dtype }), options);
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Seconds of all three, and the medians of their ratios; the first round warms up.</summary>
    public Dictionary<string, object> Measure(BenchLearnedOptions options, torch.Device device)
    {
        (Action Work, List<double> Seconds)[] timed = [(Score, []), (States, []), (Rows, [])];
        for (int round = 0; round <= options.Repeats; round++)
            foreach (int which in (int[])(round % 2 == 0 ? [0, 1, 2] : [2, 1, 0]))
            {
                double seconds = Seconds(timed[which].Work, device);
                if (round > 0)
                    timed[which].Seconds.Add(seconds);
            }
        return new()
        {
            ["completions"] = _completions.Length,
            ["questions"] = options.Questions,
            ["prompt_tokens"] = _answers.Max(one => one.Prompt.Tokens.Length),
            ["answer_tokens"] = Invariant($"{_answers.Min(one => one.Tokens.Length)} to {_answers.Max(one => one.Tokens.Length)}"),
            ["dtype"] = options.Dtype.ToString().ToLowerInvariant(),
            ["reward_s"] = Math.Round(Run.MedianOf(timed[0].Seconds), 4),
            ["states_s"] = Math.Round(Run.MedianOf(timed[1].Seconds), 4),
            ["rows_s"] = Math.Round(Run.MedianOf(timed[2].Seconds), 4),
            ["states_ratio"] = Ratio(1),
            ["rows_ratio"] = Ratio(2),
        };

        double Ratio(int to) => Math.Round(Run.MedianOf(timed[0].Seconds.Zip(timed[to].Seconds, (own, other) => own / other)), 3);
    }

    /// <inheritdoc/>
    public void Dispose() => _reward.Dispose();

    private static double Seconds(Action work, torch.Device device)
    {
        Measured.Finished(device);
        var clock = Stopwatch.StartNew();
        work();
        Measured.Finished(device);
        return clock.Elapsed.TotalSeconds;
    }

    private void Score()
    {
        IReadOnlyList<LearnedScore> scores = _reward.ScoreAsync(_completions).GetAwaiter().GetResult();
        if (scores.Any(score => score.Value is null))
            throw new InvalidOperationException("a reward model scores every completion");
    }

    // Forward passes of prompts that are there already, without a head; as many rows together as the reward reads.
    private void States()
    {
        using IDisposable constant = torch.no_grad();
        foreach (Rollout[] part in _answers.Chunk(RowsTogether))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            _ = CompletionStates.Of(_folder.Reward.Model, part);
        }
    }

    // The whole text of each row, its question included; each picture is encoded once.
    private void Rows()
    {
        using IDisposable constant = torch.no_grad();
        IVisionLanguageModel model = _folder.Reward.Model;
        using IDisposable features = model.KeepVisionFeatures();
        foreach (Rollout[] part in _answers.Chunk(RowsTogether))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Prompt[] rows = [.. part.Select(one => one.Prompt with { Tokens = [.. one.Prompt.Tokens, .. one.Tokens] })];
            _ = model.Prefill(rows, new KvCache(model.Layers));
        }
    }
}
