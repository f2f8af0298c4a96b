using TorchSharp;
using Vlm.Checkpoints;

namespace Vlm.Grpo.Tests.Adapters;

/// <summary>What training in bfloat16 keeps: its weights are float32 numbers, which are rounded to compute with and no more.</summary>
public sealed class MastersTests : IDisposable
{
    private static readonly ModelOptions Half = new() { Dtype = Precision.BFloat16 };
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("vlm-masters-");
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly string _start;

    public MastersTests() => TinyRun.Make(_start = At("start"));

    // Steps of 1e-6 are a thousandth of what bfloat16 tells apart in a weight of 0.1.
    [Fact]
    public void At_a_rate_of_1e_6_as_many_saved_weights_move_as_in_float32()
    {
        var update = TinyRun.Default with { LearningRate = 1e-6, WeightDecay = 0 };
        TinyRun whole = new TinyRun(_start, new ModelOptions(), update: update).Train(1, 3);
        TinyRun half = new TinyRun(_start, Half, update: update).Train(1, 3);
        Dictionary<string, float[]> rounded = new TinyRun(_start, Half).Numbers();
        whole.Finish(At("whole"));
        half.Finish(At("half"));

        double wanted = Moved(Stored(_start), Stored(At("whole", "model"))), moved = Moved(Stored(_start), Stored(At("half", "model")));
        Assert.InRange(wanted, 0.5, 1);
        Assert.InRange(moved, wanted - 0.01, wanted + 0.01);
        Assert.InRange(Moved(rounded, half.Numbers()), 0, 0.05);
    }

    [Fact]
    public void Checkpoints_and_models_hold_the_masters_in_float32_and_say_so()
    {
        TinyRun run = new TinyRun(_start, Half with { Freeze = ["vision"] }).Train(1, 2);
        run.Save(At("saved"), 2);
        run.Finish(At("run"));

        Assert.Contains(run.Exact(), item => !item.Value.SequenceEqual(run.Numbers()[item.Key]));
        foreach (string folder in (string[])[At("saved"), At("run", "model")])
        {
            AssertEqual(run.Exact(), Stored(folder));
            using HubFolder model = HubFolder.Open(folder);
            Assert.Equal("float32", (string?)(model.Config["torch_dtype"] ?? model.Config["dtype"]));
            Assert.All(model.Names, name => Assert.Equal(torch.ScalarType.Float32, model.EntryOf(name).Type.Torch));
        }
        using SafetensorsFile moments = SafetensorsFile.Open(At("saved", "optimizer.safetensors"));
        Assert.DoesNotContain(moments.Entries.Keys, key => key.EndsWith(".master", StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_is_saved_in_half_precision_where_that_is_asked_for()
    {
        TinyRun run = new TinyRun(_start, Half with { SaveDtype = Precision.BFloat16 }).Train(1, 2);
        run.Finish(At("run"));

        AssertEqual(run.Numbers(), Stored(At("run", "model")));
        using HubFolder model = HubFolder.Open(At("run", "model"));
        Assert.Equal(torch.ScalarType.BFloat16, model.StoredType);
    }

    // W + s B A of the rounded W, which is frozen; the model that goes on in bfloat16 has that sum rounded once.
    [Fact]
    public void What_an_adapter_adds_is_not_rounded_away_in_the_sum()
    {
        TinyRun run = new TinyRun(_start, Half with { LoraRank = 3 }).Train(1, 2);
        Dictionary<string, float[]> before = run.Numbers();
        run.Finish(At("run"));
        const string Name = "model.text_model.layers.0.mlp.up_proj";
        (float[] w, float[] a, float[] b) = (before[Name + ".weight"], before[Name + ".lora_A.weight"], before[Name + ".lora_B.weight"]);

        // Row 5 and column 7; B is [128, 3], A [3, 64].
        double delta = Enumerable.Range(0, 3).Sum(r => (double)b[5 * 3 + r] * a[r * 64 + 7]) * 16 / 3;
        Dictionary<string, float[]> sum = Stored(At("run", "model"));
        Assert.Equal(w[5 * 64 + 7] + delta, sum[Name + ".weight"][5 * 64 + 7], tolerance: 1e-7);
        AssertEqual(run.Numbers(), sum.ToDictionary(item => item.Key, item => item.Value.Select(Rounded).ToArray()));
        Assert.NotEqual(sum[Name + ".weight"], run.Numbers()[Name + ".weight"]);
    }

    [Fact]
    public void A_run_that_starts_from_such_a_model_starts_from_all_of_it()
    {
        TinyRun first = new TinyRun(_start, Half).Train(1, 2);
        first.Finish(At("run"));

        AssertEqual(first.Exact(), new TinyRun(At("run", "model"), Half).Exact());
    }

    [Fact]
    public void A_second_optimizer_goes_on_from_the_firsts_masters()
    {
        TinyRun run = new TinyRun(_start, Half).Train(1, 2);
        Dictionary<string, float[]> before = run.Exact();

        AssertEqual(before, run.Anew().Exact());
    }

    // Merging changes the weights: the folder's numbers are no longer what they were rounded from.
    [Fact]
    public void Masters_are_the_files_numbers_only_while_weights_are()
    {
        new TinyRun(_start, new ModelOptions { LoraRank = 3 }).Train(1, 2).Finish(At("run"));
        var merged = new TinyRun(_start, Half with { Adapter = At("run", "adapter"), MergeAdapter = true });
        const string Name = "model.text_model.layers.0.mlp.up_proj.weight", Norm = "model.text_model.norm.weight";

        Assert.Equal(merged.Numbers()[Name], merged.Exact()[Name]);
        Assert.NotEqual(Stored(_start)[Name], merged.Exact()[Name]);
        Assert.Equal(Stored(_start)[Norm], merged.Exact()[Norm]);
    }

    [Fact]
    public void A_checkpoint_whose_weights_were_exchanged_is_refused()
    {
        TinyRun run = new TinyRun(_start, Half).Train(1, 2);
        run.Save(At("saved"), 2);
        var loaded = new TinyRun(At("saved"), Half);
        File.Copy(Path.Combine(_start, "model.safetensors"), At("saved", "model.safetensors"), overwrite: true);

        var error = Assert.Throws<UsageException>(() => loaded.Resume(At("saved")));
        Assert.StartsWith("the optimizer's state belongs to another model: the weights that '", error.Message, StringComparison.Ordinal);
        Assert.Equal(At("saved"), error.Where);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _root.Delete(recursive: true);
    }

    private string At(params string[] names) => Path.Combine([_root.FullName, .. names]);

    private static Dictionary<string, float[]> Stored(string folder)
    {
        using HubFolder model = HubFolder.Open(folder);
        return model.Names.ToDictionary(name => name, name =>
            model.Load(name, torch.CPU).to(torch.ScalarType.Float32).flatten().data<float>().ToArray());
    }

    private static double Moved(Dictionary<string, float[]> before, Dictionary<string, float[]> after) =>
        before.Sum(item => item.Value.Zip(after[item.Key]).LongCount(pair => pair.First != pair.Second))
            / (double)before.Sum(item => item.Value.LongLength);

    private static float Rounded(float number) =>
        torch.tensor(number).to(torch.ScalarType.BFloat16).to(torch.ScalarType.Float32).item<float>();

    private static void AssertEqual(Dictionary<string, float[]> a, Dictionary<string, float[]> b)
    {
        Assert.Equal(a.Keys.Order(StringComparer.Ordinal), b.Keys.Order(StringComparer.Ordinal));
        Assert.All(a, item => Assert.True(item.Value.SequenceEqual(b[item.Key]), item.Key));
    }
}
