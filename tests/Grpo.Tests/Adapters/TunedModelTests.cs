using TorchSharp;
using Vlm.Adapters;
using Vlm.Checkpoints;

namespace Vlm.Grpo.Tests.Adapters;

public sealed class TunedModelTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("vlm-tuned-");
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly string _start;

    public TunedModelTests() => TinyRun.Make(_start = At("start"));

    // With decay, which moves every weight that an optimizer holds, and with two updates a step.
    [Theory]
    [InlineData("vision")]
    [InlineData("connector,text")]
    [InlineData("vision,connector")]
    public void Frozen_parts_do_not_move_by_a_bit_and_the_others_do(string freeze)
    {
        var run = new TinyRun(_start, new ModelOptions { Freeze = [freeze] });
        Dictionary<string, float[]> before = run.Numbers(), after = run.Train(1, 1).Numbers();
        ModelPart[] frozen = [.. FrozenParts.Parse([freeze])];

        int still = before.Keys.Count(name => frozen.Contains(run.Model.PartOf(name)));
        Assert.Equal(before.Count, run.Policy.Trainable.Count + still);
        Assert.All(before, item => Assert.Equal(
            frozen.Contains(run.Model.PartOf(item.Key)), item.Value.SequenceEqual(after[item.Key])));
        Assert.Equal(run.Policy.Trainable.Count, run.Moments);
    }

    // A moves only after B has: the first update changes B, the second both.
    [Fact]
    public void With_adapters_they_alone_move()
    {
        var run = new TinyRun(_start, new ModelOptions { LoraRank = 2, Freeze = ["connector"] });
        Dictionary<string, float[]> before = run.Numbers(), after = run.Train(1, 1).Numbers();

        Assert.Equal(2 * (7 + 6), run.Policy.Trainable.Count);
        Assert.Equal(2 * (7 + 6), run.Moments);
        Assert.All(before, item => Assert.Equal(
            !ModelParameters.IsAdapter(item.Key), item.Value.SequenceEqual(after[item.Key])));
    }

    [Theory]
    [InlineData(Precision.Float32, 3, "")]
    [InlineData(Precision.Float32, 0, "vision")]
    [InlineData(Precision.BFloat16, 3, "vision")]
    [InlineData(Precision.BFloat16, 0, "vision")]
    public void A_resumed_run_goes_on_to_the_same_bits(Precision dtype, int rank, string freeze)
    {
        var options = new ModelOptions { Dtype = dtype, LoraRank = rank, Freeze = [freeze] };
        Dictionary<string, float[]> whole = new TinyRun(_start, options).Train(1, 4).Exact();
        TinyRun first = new TinyRun(_start, options).Train(1, 2);
        first.Save(At("saved"), 2);
        Dictionary<string, float[]> saved = first.Exact();
        var resumed = new TinyRun(_start, options, At("saved"));

        AssertEqual(saved, resumed.Exact());
        AssertEqual(first.Numbers(), resumed.Numbers());
        AssertEqual(whole, resumed.Train(3, 4).Exact());
        Assert.Contains(whole, item => !item.Value.SequenceEqual(saved[item.Key]));
        Assert.Equal(rank > 0, Directory.Exists(Path.Combine(At("saved"), "adapter")));
    }

    // The sum in "model" acts as the parts did: 1e-5 of the largest logit.
    [Fact]
    public void A_run_ends_with_the_adapter_and_with_the_sum()
    {
        TinyRun run = new TinyRun(_start, new ModelOptions { LoraRank = 3 }).Train(1, 2);
        run.Save(At("checkpoint"), 2);
        run.Finish(At("run"));

        using HubFolder start = HubFolder.Open(_start), model = HubFolder.Open(At("run", "model"));
        using HubFolder checkpoint = HubFolder.Open(At("checkpoint"));
        Assert.Equal(start.Names.Order(StringComparer.Ordinal), model.Names.Order(StringComparer.Ordinal));
        const string Name = "model.text_model.layers.0.mlp.up_proj";
        float[] a = Adapter("lora_A"), b = Adapter("lora_B"), bare = Of(start), kept = Of(checkpoint), sum = Of(model);
        Assert.Equal(bare, kept);

        // W + (16 / 3) B A, in its row 5 and column 7; B is [128, 3], A [3, 64].
        double delta = Enumerable.Range(0, 3).Sum(r => (double)b[5 * 3 + r] * a[r * 64 + 7]) * 16 / 3;
        Assert.NotEqual(0, delta);
        Assert.Equal(bare[5 * 64 + 7] + delta, sum[5 * 64 + 7], tolerance: 1e-6);
        Assert.False(File.Exists(At("run", "model", "adapter_config.json")));

        float[] Of(HubFolder folder) => folder.Load(Name + ".weight", torch.CPU).flatten().data<float>().ToArray();
        float[] Adapter(string side)
        {
            using SafetensorsFile file = SafetensorsFile.Open(At("run", "adapter", "adapter_model.safetensors"));
            return file.Load($"base_model.model.{Name}.{side}.weight", torch.CPU).flatten().data<float>().ToArray();
        }
    }

    [Fact]
    public void A_given_adapter_is_trained_on_or_merged_first()
    {
        TinyRun made = new TinyRun(_start, new ModelOptions { LoraRank = 3 }).Train(1, 2);
        Dictionary<string, float[]> adapters = made.Numbers();
        made.Finish(At("run"));
        Dictionary<string, float[]> sum = made.Numbers();

        var loaded = new TinyRun(_start, new ModelOptions { Adapter = At("run", "adapter") });
        AssertEqual(adapters, loaded.Numbers());
        var merged = new TinyRun(_start, new ModelOptions { Adapter = At("run", "adapter"), MergeAdapter = true });
        AssertEqual(sum, merged.Numbers());
        Assert.Equal(sum.Count, merged.Policy.Trainable.Count);
        var again = new TinyRun(
            _start, new ModelOptions { Adapter = At("run", "adapter"), MergeAdapter = true, LoraRank = 1 });
        Assert.Equal(2 * 14, again.Policy.Trainable.Count);
        Assert.Equal(sum.Keys, again.Numbers().Keys.Where(name => !ModelParameters.IsAdapter(name)));
    }

    // The adapter was trained in the text alone; with the text frozen, nothing moves.
    [Fact]
    public void Nothing_to_train_is_refused()
    {
        var text = new TinyRun(_start, new ModelOptions { LoraRank = 2, LoraTargets = ["up_proj"] });
        text.Finish(At("run"));

        var error = Assert.Throws<OptionException>(() => new TinyRun(
            _start, new ModelOptions { Adapter = At("run", "adapter"), Freeze = ["text"] }));
        Assert.Equal("Freeze must leave something to train, in a part or in its adapter, got text", error.Message);
        Assert.Equal("Freeze = text", error.Where);
    }

    [Fact]
    public void A_checkpoints_state_is_no_file_of_the_model()
    {
        TinyRun run = new TinyRun(_start, new ModelOptions()).Train(1, 1);
        run.Save(At("saved"), 1);
        new TinyRun(_start, new ModelOptions(), At("saved")).Finish(At("run"));

        Assert.Equal(Directory.GetFiles(_start).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            Directory.GetFiles(At("run", "model")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    public void Dispose()
    {
        _scope.Dispose();
        _root.Delete(recursive: true);
    }

    private string At(params string[] names) => Path.Combine([_root.FullName, .. names]);

    private static void AssertEqual(Dictionary<string, float[]> a, Dictionary<string, float[]> b)
    {
        Assert.Equal(a.Keys.Order(StringComparer.Ordinal), b.Keys.Order(StringComparer.Ordinal));
        Assert.All(a, item => Assert.True(item.Value.SequenceEqual(b[item.Key]), item.Key));
    }
}
