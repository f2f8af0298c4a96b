using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Images;
using Vlm.Layers;
using Vlm.Lora;
using Vlm.Models;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.Lora;

/// <summary>Adapters on the reference's folders of every family.</summary>
public sealed class FamilyAdapterTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-lora-");
    private readonly DisposeScope _scope = NewDisposeScope();
    private static readonly LoraConfig Config = new() { Rank = 2, Alpha = 3 };

    public static TheoryData<string, ModelPart> Folders() => new()
    {
        { "tiny_smolvlm", ModelPart.Vision }, { "tiny_idefics3_sharded", ModelPart.Connector },
        { "tiny_qwen2_vl", ModelPart.Connector }, { "tiny_qwen2_5_vl", ModelPart.Vision },
        { "tiny_qwen3_vl", ModelPart.Text },
    };

    // Linear layers are those with a weight of two dimensions that is no embedding.
    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_linear_layer_but_the_output_has_one_and_merged_is_unmerged(string folder, ModelPart except)
    {
        VlmCheckpoint vlm = Load(folder);
        string[] linear = [.. vlm.Model.Parameters.Where(item => item.Value.shape.Length == 2)
            .Select(item => item.Name[..^".weight".Length])
            .Where(name => !name.Contains("embed", StringComparison.Ordinal) && name != "lm_head")];
        float[] before = Logits(vlm);
        LoraConfig all = LoraAdapter.Attach(vlm.Model, Config, seed: 1);

        Assert.Equal(linear.Order(StringComparer.Ordinal), Adapted(vlm));
        Assert.Equal(before, Logits(vlm));
        Stir(vlm);
        float[] apart = Logits(vlm);
        LoraAdapter.Write(_folder.FullName, vlm.Model, all);
        LoraAdapter.Merge(vlm.Model);
        float[] merged = Logits(vlm);
        double largest = apart.Max(Math.Abs);
        Assert.InRange(Gap(apart, merged), 0, 1e-5 * Math.Max(1, largest));
        Assert.True(Gap(before, apart) > 1e-2 * largest, $"the adapter does little: {Gap(before, apart)}");

        VlmCheckpoint loaded = Load(folder), part = Load(folder);
        LoraAdapter.Load(loaded.Model, _folder.FullName, loaded.Canonical);
        Assert.Equal(apart, Logits(loaded));
        LoraAdapter.Attach(part.Model, Config, 1, except: [except]);
        Assert.Equal(linear.Where(name => part.Model.PartOf(name) != except).Order(StringComparer.Ordinal), Adapted(part));
    }

    // transformers since 4.52 puts both parts of Qwen2-VL under "model"; the hub's files do not.
    [Theory]
    [InlineData("tiny_qwen2_vl")]
    [InlineData("tiny_qwen2_5_vl")]
    public void An_adapter_under_newer_paths_fits(string folder)
    {
        VlmCheckpoint vlm = Load(folder), other = Load(folder);
        LoraConfig config = LoraAdapter.Attach(vlm.Model, Config, seed: 1);
        Stir(vlm);
        LoraAdapter.Write(_folder.FullName, vlm.Model, config with
        {
            Targets = ModulePattern.Matching(@"model\.(visual|language_model)\..*(proj|qkv|fc\d|mlp\.\d)", ""),
        });
        string file = Path.Combine(_folder.FullName, "adapter_model.safetensors");
        (string, Tensor)[] tensors;
        using (SafetensorsFile old = SafetensorsFile.Open(file))
            tensors = [.. old.Entries.Keys.Select(key => (Newer(key), old.Load(key, CPU)))];
        SafetensorsWriter.Write(file, tensors);

        LoraConfig loaded = LoraAdapter.Load(other.Model, _folder.FullName, other.Canonical);
        Assert.Equal(Logits(vlm), Logits(other));
        Assert.All(Adapted(other), name => Assert.True(loaded.Has(name), name));

        static string Newer(string key) => key
            .Replace("base_model.model.model.", "base_model.model.model.language_model.", StringComparison.Ordinal)
            .Replace("base_model.model.visual.", "base_model.model.model.visual.", StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Delete(recursive: true);
    }

    private static VlmCheckpoint Load(string folder) => VlmCheckpoint.Load(Fixtures.PathOf(folder), CPU);

    private static IEnumerable<string> Adapted(VlmCheckpoint vlm) => vlm.Model.Projections
        .Where(item => item.Layer.HasAdapter).Select(item => item.Name).Order(StringComparer.Ordinal);

    private static void Stir(VlmCheckpoint vlm)
    {
        using var off = no_grad();
        using var generator = new Generator(9);
        foreach ((string name, Parameter value) in vlm.Model.Parameters)
            if (ModelParameters.IsAdapter(name))
                value.copy_(randn(value.shape, generator: generator) * 0.2);
    }

    private static float[] Logits(VlmCheckpoint vlm)
    {
        using var off = no_grad();
        var image = new RgbImage(64, 64, [.. Enumerable.Range(0, 64 * 64 * 3).Select(at => (byte)(at % 251))]);
        Prompt prompt = vlm.Processor.Prompt("p", [Message.User("a b", 1)], [image]);
        (Tensor hidden, _) = vlm.Model.Prefill([prompt], new KvCache(vlm.Model.Layers));
        return vlm.Model.Logits(hidden).flatten().data<float>().ToArray();
    }

    private static double Gap(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max();
}
