using System.Diagnostics;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Models.SmolVlm;

/// <summary>Writes a folder of random bfloat16 weights, loads it, and says what that took.</summary>
static class Loading
{
    public static Dictionary<string, object> Measure(SmolVlmConfig config, string run, torch.Device device)
    {
        string folder = Path.Combine(run, "weights");
        Directory.CreateDirectory(folder);
        try
        {
            RandomWeights.Write(folder, config);
            return Load(folder, config, device);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Dictionary<string, object> Load(string folder, SmolVlmConfig config, torch.Device device)
    {
        long bytes = new FileInfo(Path.Combine(folder, "model.safetensors")).Length;
        long before = Measured.Resident();
        Measured.ForgetPeak();
        var clock = Stopwatch.StartNew();
        using HubFolder hub = HubFolder.Open(folder);
        using SmolVlmModel model = Weights.Unfilled(() => new SmolVlmModel(config), hub.StoredType!.Value, device);
        WeightLoader.Load(model.Parameters, hub, ignored: _ => false);
        double seconds = clock.Elapsed.TotalSeconds;
        long peak = Measured.Peak();
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
}
