using System.Text.Json.Nodes;
using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Lora;
using Vlm.Models;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.Lora;

/// <summary>Adapters whose files hold whole layers beside their matrices, or other prefixes than PEFT's.</summary>
public sealed class WholeLayersTests : IDisposable
{
    private const string Table = "model.embed_tokens.weight", Head = "lm_head.weight";

    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-whole-").FullName;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Base => Fixtures.PathOf("tiny_qwen2_5_vl");

    // As PEFT, the doubled one of unsloth, none, the adapter's own name, and the newer generation's names.
    [Theory]
    [InlineData("base_model.model.", "")]
    [InlineData("base_model.model.base_model.model.", "")]
    [InlineData("", "")]
    [InlineData("base_model.model.", "language_model.")]
    public void Every_prefix_puts_the_matrices_in_their_places(string prefix, string generation)
    {
        VlmCheckpoint plain = VlmCheckpoint.Load(Base, CPU), loaded = VlmCheckpoint.Load(Base, CPU);
        LoraConfig config = LoraAdapter.Attach(plain.Model, new LoraConfig { Rank = 2, Targets = ModulePattern.Named("q_proj") }, seed: 1);
        Save(plain.Model, config, name => prefix + name.Replace("model.", $"model.{generation}", StringComparison.Ordinal), []);

        LoraAdapter.Load(loaded.Model, _folder, loaded.Canonical);

        Assert.Equal(6, plain.Model.Parameters.Count(item => ModelParameters.IsAdapter(item.Name)));
        Assert.Equal(WeightChecksum.Of(plain.Model.Parameters), WeightChecksum.Of(loaded.Model.Parameters));
    }

    // 512 rows before; two more, or fewer than the tokenizer's padding had.
    [Theory]
    [InlineData(514)]
    [InlineData(500)]
    public void A_resized_embedding_resizes_the_model(int rows)
    {
        Tensor table = Random(rows);
        Adapter((Table, table));

        VlmCheckpoint vlm = VlmCheckpoint.Load(Base, CPU, roomFor: _folder);
        LoraConfig config = LoraAdapter.Load(vlm.Model, _folder, vlm.Canonical);

        Assert.Equal((rows, rows), (vlm.Model.VocabSize, (int)vlm.Config["vocab_size"]!));
        Assert.Equal(table.data<float>().ToArray(), Weight(vlm, Table).data<float>().ToArray());
        Assert.Equal([Table], config.Whole);
        Assert.DoesNotContain(vlm.Model.Parameters, item => item.Name == Head);
        Assert.All(vlm.Model.Weights(), item => Assert.False(item.Value.requires_grad));
    }

    // PEFT copies a module that it keeps whole: the output layer is then no longer the embedding.
    [Fact]
    public void An_output_layer_of_its_own_unties_the_model()
    {
        (Tensor table, Tensor head) = (Random(512), Random(512, seed: 2));
        Adapter((Table, table), (Head, head));

        VlmCheckpoint vlm = VlmCheckpoint.Load(Base, CPU, roomFor: _folder);
        LoraAdapter.Load(vlm.Model, _folder, vlm.Canonical);

        Assert.False((bool)vlm.Config["tie_word_embeddings"]!);
        Assert.Equal(table.data<float>().ToArray(), Weight(vlm, Table).data<float>().ToArray());
        Assert.Equal(head.data<float>().ToArray(), Weight(vlm, Head).data<float>().ToArray());
    }

    // By modules_to_save alone the embedding is a copy, and the output layer stays what it was.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_embedding_alone_unties_only_where_it_was_trained_apart(bool named)
    {
        Adapter(named ? ["embed_tokens"] : [], (Table, Random(512)));
        float[] before = Weight(VlmCheckpoint.Load(Base, CPU), Table).data<float>().ToArray();

        VlmCheckpoint vlm = VlmCheckpoint.Load(Base, CPU, roomFor: _folder);
        LoraAdapter.Load(vlm.Model, _folder, vlm.Canonical);

        Assert.Equal(named, vlm.Model.Parameters.Any(item => item.Name == Head));
        if (named)
            Assert.Equal(before, Weight(vlm, Head).data<float>().ToArray());
    }

    // Both as before: one matrix is enough.
    [Fact]
    public void An_output_layer_that_equals_the_embedding_stays_tied()
    {
        Tensor table = Random(512);
        Adapter((Table, table), (Head, table.clone()));

        VlmCheckpoint vlm = VlmCheckpoint.Load(Base, CPU, roomFor: _folder);
        LoraAdapter.Load(vlm.Model, _folder, vlm.Canonical);

        Assert.DoesNotContain(vlm.Model.Parameters, item => item.Name == Head);
    }

    [Fact]
    public void What_came_whole_is_written_again()
    {
        Adapter(["embed_tokens"], (Table, Random(514)));
        VlmCheckpoint vlm = VlmCheckpoint.Load(Base, CPU, roomFor: _folder);
        LoraConfig config = LoraAdapter.Load(vlm.Model, _folder, vlm.Canonical);
        string written = Directory.CreateDirectory(Path.Combine(_folder, "again")).FullName;

        LoraAdapter.Write(written, vlm.Model, config);

        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(written, "adapter_model.safetensors"));
        Assert.Equal([514, 64], file.Entries[$"base_model.model.{Table}"].Shape);
        Assert.Equal("embed_tokens", (string?)HubFolder.ReadJson(Path.Combine(written, "adapter_config.json"))["modules_to_save"]![0]);
    }

    [Fact]
    public void A_module_that_should_be_whole_and_is_not_there_is_named()
    {
        Adapter(["visual.merger"], (Table, Random(512)));

        Assert.Contains("nothing for (1): visual.merger", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_longer_embedding_needs_room()
    {
        Adapter((Table, Random(514)));

        Assert.Contains($"{Table} is [514, 64] and must be [512, 64]", Refused(), StringComparison.Ordinal);
    }

    // The front door makes the room by itself.
    [Fact]
    public void A_model_is_loaded_with_it()
    {
        Adapter((Table, Random(514)));

        using var model = VisionLanguageModel.Load(Base, new LoadOptions { Device = "cpu", Adapter = _folder });

        Assert.Equal(514, model.Checkpoint!.Model.VocabSize);
    }

    private string Refused()
    {
        VlmCheckpoint vlm = VlmCheckpoint.Load(Base, CPU);
        return Assert.Throws<UsageException>(() => LoraAdapter.Load(vlm.Model, _folder, vlm.Canonical)).Message;
    }

    private void Adapter(params (string Name, Tensor Value)[] whole) => Adapter([], whole);

    private void Adapter(string[] named, params (string Name, Tensor Value)[] whole)
    {
        VlmCheckpoint plain = VlmCheckpoint.Load(Base, CPU);
        LoraConfig config = LoraAdapter.Attach(plain.Model, new LoraConfig { Rank = 2, Targets = ModulePattern.Named("q_proj") }, seed: 1);
        Save(plain.Model, config, name => $"base_model.model.{name}", whole);
        if (named.Length == 0)
            return;
        string file = Path.Combine(_folder, "adapter_config.json");
        JsonObject json = HubFolder.ReadJson(file);
        json["modules_to_save"] = new JsonArray([.. named.Select(name => (JsonNode)name)]);
        File.WriteAllText(file, json.ToJsonString());
    }

    private void Save(
        IVisionLanguageModel model, LoraConfig config, Func<string, string> named, (string Name, Tensor Value)[] whole)
    {
        LoraConfigJson.Write(_folder, config);
        SafetensorsWriter.Write(Path.Combine(_folder, "adapter_model.safetensors"),
            [.. LoraAdapter.AdaptersOf(model).Select(item => (named(item.Name), (Tensor)item.Value)),
                .. whole.Select(item => (named(item.Name), item.Value))]);
    }

    private static Parameter Weight(VlmCheckpoint vlm, string name) => vlm.Model.Parameters.Single(item => item.Name == name).Value;

    private static Tensor Random(int rows, ulong seed = 1)
    {
        using var generator = new Generator(seed);
        return randn([rows, 64], generator: generator);
    }
}
