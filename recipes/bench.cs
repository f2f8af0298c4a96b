#!/usr/bin/env dotnet
// Time one step of reinforcement on random weights: sample a group, recompute its log-probs, update every weight.
#:project ../src/Grpo/Grpo.csproj
#:property PublishAot=false

//   ./vlm bench --size tiny
//   ./vlm bench --size 256m
//
// One JSON line: medians of --repeats steps after one that warms up. float32, no end token, so every rollout has full length.
// Run it on an idle machine; compare two builds by the ratio of their lines, taken in turns.

using System.Diagnostics;
using System.Text.Json;
using Grpo.Runs;
using TorchSharp;
using Vlm;
using Vlm.Generation;
using Vlm.Models.SmolVlm;

return RecipeCommand.Run<BenchOptions>(args, "bench", "time one step of reinforcement on random weights", run =>
{
    BenchOptions options = run.Options;
    torch.set_num_threads(options.Threads);
    Work work = Work.Of(options.Size);
    using var model = new SmolVlmModel(work.Config);
    SmolVlmInit.Fill(model, run.Seed);
    var policy = new TokenPolicy(model, tokens => "", endTokens: []);
    var optimizer = torch.optim.AdamW(model.parameters(), lr: 1e-5);
    Prompt prompt = work.Prompt(run.Seed);
    var sampling = new Sampling { MaxNewTokens = run.Smoke ? 2 : work.NewTokens };

    Step(0);
    Times[] times =
        [.. Enumerable.Range(1, options.Repeats).TakeWhile(_ => !run.Cancelled).Select(repeat => Step(repeat))];
    if (!run.Cancelled)
        Report(times);

    Times Step(int repeat)
    {
        var clock = Stopwatch.StartNew();
        Rollout[] rollouts = policy.Sample([prompt], work.Group, sampling, new SampleKey(run.Seed, repeat));
        double sampled = clock.Elapsed.TotalSeconds;

        using (torch.no_grad())
        using (torch.NewDisposeScope())
            policy.LogProbs(rollouts, sampling);
        double scored = clock.Elapsed.TotalSeconds;

        using (torch.NewDisposeScope())
        {
            ActionLogProbs now = policy.LogProbs(rollouts, sampling);
            optimizer.zero_grad();
            (-(now.LogProbs * now.Mask).sum() / now.Mask.sum()).backward();
            optimizer.step();
        }
        double updated = clock.Elapsed.TotalSeconds;
        return new Times(sampled, scored - sampled, updated - scored, updated);
    }

    void Report(Times[] times)
    {
        var line = new Dictionary<string, object>
        {
            ["size"] = options.Size,
            ["rollout_tok_s"] = Math.Round(work.Group * sampling.MaxNewTokens / Median(times, t => t.Rollout), 1),
            ["logprob_s"] = Math.Round(Median(times, t => t.LogProb), 4),
            ["update_s"] = Math.Round(Median(times, t => t.Update), 4),
            ["step_s"] = Math.Round(Median(times, t => t.Step), 4),
            ["peak_rss_mb"] = Math.Round(Process.GetCurrentProcess().PeakWorkingSet64 / 1e6),
            ["threads"] = options.Threads,
            ["repeats"] = options.Repeats,
        };
        Console.WriteLine(JsonSerializer.Serialize(line));
        run.Finish(line);
    }
}, replace: true);

static double Median(Times[] times, Func<Times, double> value)
{
    double[] sorted = [.. times.Select(value).Order()];
    return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}

/// <summary>Seconds of one step and its parts.</summary>
sealed record Times(double Rollout, double LogProb, double Update, double Step);

/// <summary>What to time.</summary>
sealed record BenchOptions
{
    [Option("which fixed work: tiny, or the sizes of SmolVLM-256M")]
    public string Size { get; init; } = "tiny";

    [Option("threads of the tensor library", Min = 1)]
    public int Threads { get; init; } = 2;

    [Option("steps to take the median of", Min = 1, Smoke = 1)]
    public int Repeats { get; init; } = 5;
}

/// <summary>A model's sizes and the prompt it reads.</summary>
sealed record Work(SmolVlmConfig Config, int TextTokens, int Group, int NewTokens)
{
    public static Work Of(string size) => size switch
    {
        "tiny" => Tiny,
        "256m" => Small256M,
        _ => throw new UsageException(
            $"there is no work of size \"{size}\"; there are tiny and 256m", $"--size {size}", "--size tiny"),
    };

    private static Work Tiny { get; } = new(
        new SmolVlmConfig
        {
            Text = new SmolVlmTextConfig
            {
                Width = 192, Layers = 4, Heads = 6, KvHeads = 2, HeadWidth = 32, Inner = 512, Vocabulary = 1024,
            },
            Vision = new SmolVlmVisionConfig
            {
                Width = 128, Layers = 4, Heads = 4, Inner = 512, ImageSize = 96, PatchSize = 8,
            },
            ScaleFactor = 2,
            ImageToken = 1023,
        },
        TextTokens: 32, Group: 8, NewTokens: 32);

    private static Work Small256M { get; } = new(
        new SmolVlmConfig
        {
            Text = new SmolVlmTextConfig
            {
                Width = 576, Layers = 30, Heads = 9, KvHeads = 3, HeadWidth = 64, Inner = 1536, Vocabulary = 49280,
                Context = 8192, RopeTheta = 100000, Epsilon = 1e-5,
            },
            Vision = new SmolVlmVisionConfig
            {
                Width = 768, Layers = 12, Heads = 12, Inner = 3072, ImageSize = 512, PatchSize = 16,
            },
            ScaleFactor = 4,
            ImageToken = 49190,
        },
        TextTokens: 32, Group: 8, NewTokens: 16);

    /// <summary>One image of random pixels, then random words.</summary>
    public Prompt Prompt(long seed)
    {
        var random = new RandomStream(seed, "bench");
        int side = Config.Vision.ImageSize;
        var pixels = new float[3 * side * side];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (float)(2 * random.NextDouble() - 1);
        int[] image = [.. Enumerable.Repeat(Config.ImageToken, Config.TokensPerFrame)];
        int[] text = [.. Enumerable.Range(0, TextTokens).Select(_ => random.Next(1000))];
        return new Prompt("bench", "", [.. image, .. text], new PixelInput(pixels, [1, 3, side, side], []),
            [new ImageScale(side, side, side, side)]);
    }
}
