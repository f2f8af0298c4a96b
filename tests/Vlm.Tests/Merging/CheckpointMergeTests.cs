using System.Globalization;
using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Lora;
using Vlm.Merging;
using Vlm.Models;
using Vlm.Testing;

namespace Vlm.Tests.Merging;

/// <summary>Folders of one start, interpolated: numbers done by hand, bits that stay, and what is refused.</summary>
public sealed class CheckpointMergeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-merge-").FullName;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // 0.25 * [1, 2, -4] + 0.75 * [5, -2, 0] = [4, -1, -1]
    [Fact]
    public void A_weight_is_the_weighted_sum()
    {
        Made("a", 1, 2, -4);
        Made("b", 5, -2, 0);

        MergeResult made = Merge([("a", 0.25), ("b", 0.75)]);

        Assert.Equal([4f, -1, -1], Read("out", "w"));
        Assert.Equal(new MergeResult(2, 1, 3 * 4 + 2 * 4), made);
    }

    // base [1, 1, 1]: 1 + 0.5 * 0 + 1 * 4, 1 + 0.5 * 1 - 3, 1 - 0.5 * 5 - 1
    [Fact]
    public void Task_arithmetic_adds_differences_whatever_their_weights_sum_to()
    {
        Made("base", 1, 1, 1);
        Made("a", 1, 2, -4);
        Made("b", 5, -2, 0);

        Merge([("a", 0.5), ("b", 1)], new() { Base = At("base"), Differences = true });

        Assert.Equal([5f, -1.5f, -2.5f], Read("out", "w"));
        Assert.Equal([7f, 7], Read("out", "common"));
    }

    // A third of each: the sum of thirds of 7 is not 7 in float32, and what all have in common is not touched.
    [Theory]
    [InlineData("a", 1, 0, 0)]
    [InlineData("c", 0, 0, 1)]
    public void One_weight_of_1_returns_its_model_bit_for_bit(string which, double a, double b, double c)
    {
        foreach ((int i, string name) in new[] { "a", "b", "c" }.Index())
            Made(name, torch.ScalarType.BFloat16, 0.1f + i, -3.3f * i, 1e-3f);

        Merge([("a", a), ("b", b), ("c", c)]);

        Assert.Equal(File.ReadAllBytes(At(which, "model.safetensors")), File.ReadAllBytes(At("out", "model.safetensors")));
        Assert.Equal(File.ReadAllText(At(which, "config.json")), File.ReadAllText(At("out", "config.json")));
        Assert.Equal("{ \"tokens\": 1 }", File.ReadAllText(At("out", "tokenizer_config.json")));
    }

    [Fact]
    public void What_is_the_same_in_all_stays_bit_for_bit()
    {
        foreach (string name in new[] { "a", "b", "c" })
            Made(name, 0.1f, name.Length, 3);

        MergeResult made = Merge([("a", 1 / 3.0), ("b", 1 / 3.0), ("c", 1 / 3.0)]);

        Assert.Equal(2, made.Shared);
        Assert.Equal(File.ReadAllBytes(At("a", "model.safetensors")), File.ReadAllBytes(At("out", "model.safetensors")));
    }

    // bfloat16 keeps 8 bits: 1 and 1.0078125 are neighbours, and their mean in float32 is rounded once, to the even one.
    [Fact]
    public void The_sum_is_made_in_float32_and_stored_in_the_type_of_the_models()
    {
        Made("a", torch.ScalarType.BFloat16, 1, 256, 3);
        Made("b", torch.ScalarType.BFloat16, 1.0078125f, 258, -3);
        Merge([("a", 0.5), ("b", 0.5)]);

        using HubFolder merged = HubFolder.Open(At("out"));
        Assert.Equal(torch.ScalarType.BFloat16, merged.EntryOf("w").Type.Torch);
        Assert.Equal([1f, 256, 0], Read("out", "w"));

        // Half a step more of the second leaves bfloat16's grid on the other side: a sum in bfloat16 would lose it.
        Merge([("a", 0.4), ("b", 0.6)], output: "more");
        Assert.Equal([1.0078125f, 258, -0.6015625f], Read("more", "w"));
    }

    [Fact]
    public void Models_of_two_types_are_stored_in_the_wider()
    {
        Made("a", torch.ScalarType.BFloat16, 1, 2, 3);
        Made("b", 1.0009765625f, 2, 3);
        Merge([("a", 0.5), ("b", 0.5)]);

        Assert.Equal([1.00048828125f, 2, 3], Read("out", "w"));
    }

    // Shards of 12 bytes: one tensor each.
    [Fact]
    public void Shards_are_read_and_written()
    {
        Made("a", 1, 2, -4);
        using (HubFolder a = HubFolder.Open(At("a")))
            HubFolder.Write(Directory.CreateDirectory(At("sharded")).FullName, a.Config, a.SmallFiles(),
                [.. a.Names.Select(name => (name, a.Load(name, torch.CPU)))], maxShardBytes: 12);
        Made("b", 5, -2, 0);

        Merge([("sharded", 0.25), ("b", 0.75)], new() { MaxShardBytes = 12 });

        Assert.Equal(2, Directory.GetFiles(At("out"), "model-*.safetensors").Length);
        Assert.Equal([4f, -1, -1], Read("out", "w"));
    }

    [Theory]
    [InlineData(0.6, 0.6, "the weights sum to 1.2, and not to 1", "Weights = 0.6 0.6", "Weights = 0.5 0.5, or AnySum = true")]
    [InlineData(0.5, 0.501, "the weights sum to 1.001, and not to 1", "Weights = 0.5 0.501",
        "Weights = 0.4995 0.5005, or AnySum = true")]
    [InlineData(1, -1, "the weights sum to 0, and not to 1", "Weights = 1 -1", "AnySum = true")]
    public void Weights_that_do_not_sum_to_1_are_told(double a, double b, string problem, string where, string fix)
    {
        Made("a", 1, 2, 3);
        Made("b", 1, 2, 4);

        UsageException error = Refused([("a", a), ("b", b)]);
        Assert.Equal((problem, where, fix), (error.Message, error.Where, error.Fix));

        Merge([("a", a), ("b", b)], new() { AnySum = true });
        Assert.All(new[] { a + b, 2 * (a + b), 3 * a + 4 * b }.Zip(Read("out", "w")), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Equal(7 * (a + b), Read("out", "common")[0], 1e-5);
    }

    [Fact]
    public void Models_of_another_shape_names_or_kind_are_refused_by_tensor()
    {
        Made("a", 1, 2, 3);
        Made("longer", 1, 2, 3, 4);
        Made("other", kind: "qwen2_vl", 1, 2, 3);
        torch.Tensor three = torch.tensor(new[] { 1f, 2, 3 });
        Write("more", "smolvlm", [("w", three), ("common", torch.tensor(new[] { 7f, 7 })), ("head", three)]);

        Said("longer", $"w is [3] in {At("a")} and [4] in {At("longer")}");
        Said("more", $"{At("a")} has no tensor head, which {At("more")} has");
        Said("other", $"the models differ: {At("a")} is smolvlm and {At("other")} is qwen2_vl");
        Assert.Contains("has no tensor head", Refused([("more", 0.5), ("a", 0.5)]).Message, StringComparison.Ordinal);

        void Said(string folder, string problem)
        {
            UsageException error = Refused([("a", 0.5), (folder, 0.5)]);
            Assert.Equal(problem, error.Message);
            Assert.Equal("models that were made from one start", error.Fix);
        }
    }

    // Each of the others is compared with the first; one model, or a weight that is no number, is told before a folder is looked at.
    [Fact]
    public void The_third_model_is_looked_at_too_and_one_alone_is_refused()
    {
        Made("a", 1, 2, 3);
        Made("b", 1, 2, 4);
        Made("longer", 1, 2, 3, 4);

        Assert.Equal($"w is [3] in {At("a")} and [4] in {At("longer")}", Refused([("a", 0.5), ("b", 0.25), ("longer", 0.25)]).Message);
        Assert.Equal("1 model is nothing to merge", Refused([("a", 1)]).Message);
        Assert.Equal(($"the weight of {At("b")} is NaN", "finite numbers"),
            Refused([("a", 1), ("b", double.NaN)], new() { AnySum = true }) is var error ? (error.Message, error.Fix) : default);
    }

    // 1 + 2^-40 and 1 - 2^-40 are 1 in float32.
    [Fact]
    public void A_weight_of_float64_is_summed_in_float64()
    {
        double small = Math.Pow(2, -40);
        torch.Tensor sum = WeightMerge.Of([torch.tensor(new[] { 1.0 }), torch.tensor(new[] { 1 + 4 * small })], [0.75, 0.25]);
        Assert.Equal(1 + small, sum.item<double>());

        Assert.Equal(torch.ScalarType.Float32, WeightMerge.Of([torch.ones(2, dtype: torch.ScalarType.BFloat16), torch.zeros(2)], [0.5, 0.5]).dtype);
        Assert.Throws<ArgumentException>(() => WeightMerge.Of([torch.ones(1)], [0.5, 0.5]));
    }

    [Theory]
    [InlineData("""{ "model": { "vocab": { "a": 0, "b": 2 } }, "added_tokens": [] }""", "token \"b\" is 1 in {0} and 2 in {1}, so")]
    [InlineData("""{ "model": { "vocab": { "a": 0 } }, "added_tokens": [] }""", "token 1, \"b\", is not in the vocabulary of {1}, so")]
    [InlineData("""{ "model": { "vocab": { "a": 0, "b": 1 } }, "added_tokens": [{ "id": 2, "content": "<x>" }] }""",
        "token 2, \"<x>\", is not in the vocabulary of {0}, so")]
    [InlineData("""{ "added_tokens": [], "model": { "vocab": { "b": 1, "a": 0 } } }""", null)]
    public void Another_vocabulary_is_refused_by_token_and_another_spelling_of_one_is_not(string json, string? problem)
    {
        Made("a", 1, 2, 3);
        Made("b", 1, 2, 4);
        File.WriteAllText(At("a", "tokenizer.json"), """{ "model": { "vocab": { "a": 0, "b": 1 } }, "added_tokens": [] }""");
        File.WriteAllText(At("b", "tokenizer.json"), json);

        if (problem is null)
            Merge([("a", 0.5), ("b", 0.5)]);
        else
            Assert.StartsWith(string.Format(CultureInfo.InvariantCulture, problem, At("a"), At("b")),
                Refused([("a", 0.5), ("b", 0.5)]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sum_that_is_not_finite_leaves_nothing_behind()
    {
        Made("a", 3e38f, 2, 3);
        Made("b", -3e38f, 2, 4);

        UsageException error = Refused([("a", 2), ("b", -1)], new());
        Assert.StartsWith("the merged w holds NaN or an infinity", error.Message, StringComparison.Ordinal);
        Assert.Equal(["a", "b"], Directory.GetDirectories(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_folder_that_holds_something_is_not_overwritten()
    {
        Made("a", 1, 2, 3);
        Made("b", 1, 2, 4);
        Made("out", 9, 9, 9);

        Assert.EndsWith("is not empty", Refused([("a", 0.5), ("b", 0.5)]).Message, StringComparison.Ordinal);
        Assert.Equal([9f, 9, 9], Read("out", "w"));
    }

    // Two adapters of one base: base + 0.3 B1 A1 s + 0.7 B2 A2 s is 0.3 of the first merged model and 0.7 of the second.
    [Theory]
    [InlineData(0.3, 0.7, false)]
    [InlineData(0.5, 0.2, false)]
    [InlineData(0.5, 0.2, true)]
    [InlineData(1, 0, false)]
    public void Merging_adapters_is_merging_the_models_they_make(double one, double two, bool named)
    {
        string start = Model("start");
        Adapter(start, "one", 3, named ? start : null);
        Adapter(start, "two", 4, named ? start : null);
        MergeOptions options = new() { Base = named ? null : start, AnySum = true };

        MergeResult made = Merge([("one", one), ("two", two)], options, "adapters");
        Merge([("one-whole", one), ("two-whole", two)], new() { Base = start, Differences = true }, "models");

        using HubFolder deltas = HubFolder.Open(At("adapters")), whole = HubFolder.Open(At("models")), from = HubFolder.Open(start);
        Assert.Equal(from.Names.Order(), deltas.Names.Order());
        Assert.Equal(from.Names.Count, made.Tensors);
        double moved = 0;
        foreach (string name in whole.Names)
        {
            Assert.Equal(from.EntryOf(name).Type, deltas.EntryOf(name).Type);
            Assert.Equal(0, Gap(whole, deltas, name), 2e-6);
            moved = Math.Max(moved, Gap(from, deltas, name));
        }
        Assert.True(moved > 0.01);
        using IVisionLanguageModel loaded = VlmCheckpoint.Load(At("adapters"), torch.CPU).Model;
        Assert.Equal(Directory.EnumerateFileSystemEntries(start).Select(Path.GetFileName).Order(),
            Directory.EnumerateFileSystemEntries(At("adapters")).Select(Path.GetFileName).Order());
        if (one == 1)
            Assert.Equal(File.ReadAllBytes(At("one-whole", "model.safetensors")), File.ReadAllBytes(At("adapters", "model.safetensors")));
    }

    [Fact]
    public void Adapters_without_a_base_are_refused()
    {
        string start = Model("start");
        Adapter(start, "one", 3, "models/nowhere");
        Adapter(start, "two", 4, "models/nowhere");

        UsageException error = Refused([("one", 0.5), ("two", 0.5)]);
        Assert.Equal(("the adapters' base is no folder here", "Base = FOLDER"), (error.Message, error.Fix));
    }

    [Fact]
    public void Adapters_of_two_bases_are_refused_unless_one_is_named()
    {
        string start = Model("start"), other = Model("other");
        Adapter(start, "one", 3, start);
        Adapter(other, "two", 4, other);

        Assert.Equal("the adapters name different bases", Refused([("one", 0.5), ("two", 0.5)]).Message);
        Merge([("one", 0.5), ("two", 0.5)], new() { Base = start });
    }

    // An adapter beside a model is the model that it makes; what is missing to 1 is not filled up from the base. Stored as the base is.
    [Theory]
    [InlineData(0.5, 0.5)]
    [InlineData(0.5, 0.2)]
    public void An_adapter_beside_a_model_is_the_model_that_it_makes(double one, double two)
    {
        string start = Model("start", torch.ScalarType.BFloat16);
        Adapter(start, "one", 3, start);
        Adapter(start, "two", 4, start);

        Merge([("one", one), ("two-whole", two)], new() { AnySum = true }, "mixed");
        Merge([("one-whole", one), ("two-whole", two)], new() { AnySum = true }, "models");

        using HubFolder mixed = HubFolder.Open(At("mixed")), models = HubFolder.Open(At("models")), from = HubFolder.Open(start);
        Assert.Contains(from.Names, name => from.EntryOf(name).Type.Torch == torch.ScalarType.BFloat16);
        foreach (string name in from.Names)
        {
            Assert.Equal(from.EntryOf(name).Type, mixed.EntryOf(name).Type);
            Assert.Equal(0, Gap(models, mixed, name), 0.02);
        }
        Assert.Contains(from.Names, name => Gap(from, mixed, name) > 0.01);
    }

    private string At(params string[] parts) => Path.Combine([_folder, .. parts]);

    private MergeResult Merge((string Name, double Weight)[] parts, MergeOptions? options = null, string output = "out") =>
        CheckpointMerge.Write([.. parts.Select(part => new MergePart(At(part.Name), part.Weight))], At(output), options);

    private UsageException Refused((string, double)[] parts, MergeOptions? options = null) =>
        Assert.Throws<UsageException>(() => Merge(parts, options));

    private void Made(string name, params float[] w) => Made(name, torch.ScalarType.Float32, w);

    private void Made(string name, torch.ScalarType type, params float[] w) => Made(name, "smolvlm", type, w);

    private void Made(string name, string kind, params float[] w) => Made(name, kind, torch.ScalarType.Float32, w);

    private void Made(string name, string kind, torch.ScalarType type, float[] w) => Write(name, kind,
        [("w", torch.tensor(w).to(type)), ("common", torch.tensor(new[] { 7f, 7 }).to(type))]);

    private void Write(string name, string kind, (string, torch.Tensor)[] tensors) => HubFolder.Write(
        Directory.CreateDirectory(At(name)).FullName, new JsonObject { ["model_type"] = kind },
        new Dictionary<string, byte[]> { ["tokenizer_config.json"] = "{ \"tokens\": 1 }"u8.ToArray() }, tensors);

    private float[] Read(string name, string tensor)
    {
        using HubFolder folder = HubFolder.Open(At(name));
        return Numbers(folder, tensor);
    }

    private static float[] Numbers(HubFolder folder, string tensor) =>
        [.. folder.Load(tensor, torch.CPU, torch.ScalarType.Float32).flatten().data<float>()];

    private static double Gap(HubFolder a, HubFolder b, string tensor) =>
        Numbers(a, tensor).Zip(Numbers(b, tensor), (x, y) => Math.Abs((double)x - y)).Max();

    private string Model(string name, torch.ScalarType? type = null)
    {
        VlmCheckpoint vlm = VlmCheckpoint.Load(Fixtures.PathOf("tiny_smolvlm"), torch.CPU);
        vlm.Write(Directory.CreateDirectory(At(name)).FullName, type, HubFolder.MaxShardBytes);
        vlm.Model.Dispose();
        return At(name);
    }

    // An adapter whose matrices are all random, and the full model that it makes.
    private void Adapter(string start, string name, long seed, string? named)
    {
        var config = new LoraConfig { Rank = 3, Alpha = 6, BaseModel = named };
        VlmCheckpoint vlm = VlmCheckpoint.Load(start, torch.CPU);
        config = LoraAdapter.Attach(vlm.Model, config, seed);
        using (torch.no_grad())
        using (var generator = new torch.Generator((ulong)seed))
            foreach ((string weight, TorchSharp.Modules.Parameter value) in vlm.Model.Parameters)
                if (ModelParameters.IsAdapter(weight))
                    value.copy_(torch.randn(value.shape, generator: generator) * 0.05);
        LoraAdapter.Write(Directory.CreateDirectory(At(name)).FullName, vlm.Model, config);
        vlm.Write(Directory.CreateDirectory(At(name + "-whole")).FullName, null, HubFolder.MaxShardBytes,
            LoraAdapter.MergedWeights(vlm.Model));
        vlm.Model.Dispose();
    }
}
