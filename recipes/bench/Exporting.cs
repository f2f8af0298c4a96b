using System.Diagnostics;
using TorchSharp;
using Vlm;
using Vlm.Grpo;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Onnx.Export;
using Vlm.Onnx.Runtime;
using Vlm.Text;

/// <summary>Writes random weights as ONNX graphs, says what that took, and answers with the graphs and with the engine.</summary>
static class Exporting
{
    private const int NewTokens = 64;

    public static Dictionary<string, object> Measure(
        Work work, string run, torch.Device device, long seed, BenchOptions options)
    {
        string folder = Path.Combine(run, "weights"), graphs = Path.Combine(run, "exported");
        try
        {
            Directory.CreateDirectory(folder);
            SmolVlmNew.Write(folder, SmolVlmNew.Smallest, ["a tokenizer and a processor"], seed);
            int image = Tokenizer.FromFolder(folder).IdOf(SmolVlmTokens.Image)!.Value;
            work = work with { Config = work.Config with { ImageToken = image } };
            RandomWeights.Write(folder, work.Config);       // in the place of the smallest model's
            SmolVlmNew.WriteProcessor(folder, work.Config);
            Dictionary<string, object> line = Write(folder, graphs, device, options);
            Answer(folder, graphs, device, work.Prompt(seed), options, line);
            return line;
        }
        finally
        {
            foreach (string made in (string[])[folder, graphs])
                if (Directory.Exists(made))
                    Directory.Delete(made, recursive: true);
        }
    }

    private static Dictionary<string, object> Write(
        string folder, string graphs, torch.Device device, BenchOptions options)
    {
        bool half = options.Dtype == Precision.Float16;
        long before = Measured.Resident();
        Measured.ForgetPeak();
        var clock = Stopwatch.StartNew();
        VlmCheckpoint vlm = OnnxExport.LoadAsStored(folder, device);
        using IDisposable model = vlm.Model;
        double loaded = clock.Elapsed.TotalSeconds;
        ExportReport report = OnnxExport.Write(vlm, graphs, new ExportOptions { Half = half, Check = false });
        double seconds = clock.Elapsed.TotalSeconds - loaded;
        long peak = Measured.Peak(), weights = vlm.Model.Parameters.Sum(item => item.Value.numel()) * (half ? 2 : 4);
        return new()
        {
            ["size"] = "export",
            ["dtype"] = options.Dtype.ToString().ToLowerInvariant(),
            ["weights_mb"] = Megabytes(weights),
            ["load_s"] = Math.Round(loaded, 3),
            ["export_s"] = Math.Round(seconds, 3),
            ["rss_before_mb"] = Megabytes(before),
            ["peak_rss_mb"] = Megabytes(peak),
            ["peak_over_weights"] = Math.Round((double)peak / weights, 3),
            ["files_mb"] = report.Files.ToDictionary(file => file.Name, file => Megabytes(file.Bytes)),
        };
    }

    // In turns, so that both see the machine's slow minutes. Answers of random weights have no end of their own.
    private static void Answer(
        string folder, string written, torch.Device device, Prompt prompt, BenchOptions options, Dictionary<string, object> line)
    {
        var vlm = VlmCheckpoint.Load(folder, device);
        using IDisposable model = vlm.Model;
        using var exported = OnnxCheckpoint.Load(written, new OnnxOptions { Threads = options.Threads });
        var sampling = new Sampling { Greedy = true, MaxNewTokens = NewTokens, MinNewTokens = NewTokens };
        var graphs = new (double First, double Rate, int[] Tokens)[options.Repeats];
        var engine = new (double First, double Rate, int[] Tokens)[options.Repeats];
        for (int repeat = 0; repeat < options.Repeats; repeat++)
        {
            graphs[repeat] = Measured.Answer(exported.Unrestricted().StreamAsync(prompt, sampling, default).ToBlockingEnumerable());
            engine[repeat] = Measured.Answer(vlm.Unrestricted().StreamAsync(prompt, sampling, default).ToBlockingEnumerable());
        }
        line["prompt_tokens"] = prompt.Tokens.Length;
        line["tokens"] = NewTokens;
        line["same_tokens"] = graphs[0].Tokens.Zip(engine[0].Tokens).TakeWhile(pair => pair.First == pair.Second).Count();
        line["graphs_first_token_s"] = Math.Round(Run.MedianOf(graphs.Select(answer => answer.First)), 3);
        line["graphs_tok_s"] = Math.Round(Run.MedianOf(graphs.Select(answer => answer.Rate)), 1);
        line["engine_first_token_s"] = Math.Round(Run.MedianOf(engine.Select(answer => answer.First)), 3);
        line["engine_tok_s"] = Math.Round(Run.MedianOf(engine.Select(answer => answer.Rate)), 1);
        line["threads"] = options.Threads;
        line["repeats"] = options.Repeats;
    }

    private static double Megabytes(long bytes) => Math.Round(bytes / 1e6, 1);
}
