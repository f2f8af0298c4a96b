#!/usr/bin/env dotnet
// Time one step of reinforcement on random weights, or the loading of half a gigabyte of them: one JSON line.
#:project ../src/Grpo/Grpo.csproj
#:property PublishAot=false

//   ./vlm bench --size tiny
//   ./vlm bench --size 256m
//   ./vlm bench --size load
//   ./vlm bench --size generate --dtype bfloat16
//
// A step: sample a group, recompute its log-probs, update every weight. Medians of --repeats steps after one that warms up.
// float32, no end token, so every rollout has full length.
// Generating: one answer of 256 tokens after a prompt of one image, SmolVLM-256M's sizes, every token the most likely.
// Loading: SmolVLM-256M's sizes in bfloat16, written, read back from the system's cache, deleted. The peak is the whole
// process's, runtime and libraries included.
// Run it on an idle machine; compare two builds by the ratio of their lines, taken in turns.

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Grpo;
using Grpo.Runs;
using TorchSharp;
using Vlm;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Models.SmolVlm;

return RecipeCommand.Run<BenchOptions>(args, "bench", "time a step of reinforcement, loading, or generating, on random weights", run =>
{
    BenchOptions options = run.Options;
    torch.set_num_threads(options.Threads);
    if (options.Size == "load")
    {
        Finish(Loading.Measure(run.Smoke ? Work.Of("tiny").Config : Work.Of("256m").Config, run.Folder));
        return;
    }

    if (options.Size == "generate")
    {
        Finish(Generating.Measure(Work.Of(run.Smoke ? "tiny" : "256m"), run.Seed, options));
        return;
    }

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
        Finish(line);
    }

    void Finish(Dictionary<string, object> line)
    {
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
    [Option("which fixed work: tiny, 256m (the sizes of SmolVLM-256M), load (reading a file of those sizes), or generate")]
    public string Size { get; init; } = "tiny";

    [Option("precision of generate")]
    public Precision Dtype { get; init; }

    [Option("threads of the tensor library", Min = 1)]
    public int Threads { get; init; } = 2;

    [Option("steps to take the median of", Min = 1, Smoke = 1)]
    public int Repeats { get; init; } = 5;
}

/// <summary>Generates one answer and says how fast, and what memory the whole process took.</summary>
static class Generating
{
    private const int NewTokens = 256;

    public static Dictionary<string, object> Measure(Work work, long seed, BenchOptions options)
    {
        SmolVlmModel model = Skeleton.Of(() => new SmolVlmModel(work.Config with
        {
            Text = work.Config.Text with { Context = 4096 },
        }));
        Skeleton.Place(model, options.Dtype.ScalarType());
        using (torch.no_grad())
            foreach ((_, var value) in model.Parameters)
                torch.nn.init.normal_(value, 0, 0.02);
        ResidentPages.GiveBack();

        var policy = new TokenPolicy(model, tokens => "", endTokens: []);
        Prompt prompt = work.Prompt(seed);
        var sampling = new Sampling { MaxNewTokens = NewTokens, Greedy = true };
        double[] first = new double[options.Repeats], rest = new double[options.Repeats];
        for (int repeat = 0; repeat < options.Repeats; repeat++)
        {
            var clock = Stopwatch.StartNew();
            foreach ((int i, _) in policy.Stream(prompt, sampling, default).Index())
                first[repeat] = i == 0 ? clock.Elapsed.TotalSeconds : first[repeat];
            rest[repeat] = (NewTokens - 1) / (clock.Elapsed.TotalSeconds - first[repeat]);
        }
        return new()
        {
            ["size"] = "generate",
            ["dtype"] = options.Dtype.ToString().ToLowerInvariant(),
            ["weights_mb"] = Math.Round(model.Parameters.Sum(item => item.Value.numel() * item.Value.element_size()) / 1e6, 1),
            ["prompt_tokens"] = prompt.Tokens.Length,
            ["first_token_s"] = Math.Round(first.Order().ElementAt(first.Length / 2), 3),
            ["tok_s"] = Math.Round(rest.Order().ElementAt(rest.Length / 2), 1),
            ["peak_rss_mb"] = Math.Round(Process.GetCurrentProcess().PeakWorkingSet64 / 1e6),
            ["threads"] = options.Threads,
            ["repeats"] = options.Repeats,
        };
    }
}

/// <summary>Writes a folder of random bfloat16 weights, loads it, and says what that took.</summary>
static class Loading
{
    public static Dictionary<string, object> Measure(SmolVlmConfig config, string run)
    {
        string folder = Path.Combine(run, "weights");
        Directory.CreateDirectory(folder);
        try
        {
            Write(folder, config);
            return Load(folder, config);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Write(string folder, SmolVlmConfig config)
    {
        const torch.ScalarType bfloat16 = torch.ScalarType.BFloat16;
        using SmolVlmModel model = Skeleton.Of(() => new SmolVlmModel(config));
        HubFolder.Write(folder, SmolVlmNew.Json(config), new Dictionary<string, byte[]>(),
            [.. model.Parameters.Select(item => new SavedTensor(
                item.Name, bfloat16, item.Value.shape, () => torch.randn(item.Value.shape, bfloat16)))]);
    }

    private static Dictionary<string, object> Load(string folder, SmolVlmConfig config)
    {
        long bytes = new FileInfo(Path.Combine(folder, "model.safetensors")).Length;
        long before = Memory("VmRSS:");
        File.WriteAllText("/proc/self/clear_refs", "5");       // the peak starts again from here
        var clock = Stopwatch.StartNew();
        using HubFolder hub = HubFolder.Open(folder);
        using SmolVlmModel model = Skeleton.Of(() => new SmolVlmModel(config));
        WeightLoader.Load(model.Parameters, hub, ignored: _ => false, dtype: hub.StoredType);
        double seconds = clock.Elapsed.TotalSeconds;
        long peak = Memory("VmHWM:");
        return new Dictionary<string, object>
        {
            ["size"] = "load",
            ["file_mb"] = Math.Round(bytes / 1e6, 1),
            ["load_s"] = Math.Round(seconds, 3),
            ["rss_before_mb"] = Math.Round(before / 1e6, 1),
            ["peak_rss_mb"] = Math.Round(peak / 1e6, 1),
            ["peak_over_weights"] = Math.Round((double)peak / bytes, 3),
        };
    }

    // "VmHWM:    613276 kB"
    private static long Memory(string field) =>
        1024 * long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
}

/// <summary>A model's sizes and the prompt it reads.</summary>
sealed record Work(SmolVlmConfig Config, int TextTokens, int Group, int NewTokens)
{
    public static Work Of(string size) => size switch
    {
        "tiny" => Tiny,
        "256m" => Small256M,
        _ => throw new UsageException(
            $"there is no work of size \"{size}\"; there are tiny, 256m, load and generate", $"--size {size}", "--size tiny"),
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
