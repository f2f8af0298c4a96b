using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Models;
using Vlm.Models.SmolVlm;

namespace Vlm.Tests.Checkpoints;

/// <summary>A tiny folder made by the project itself: it loads as it was saved, and says what is wrong when damaged.</summary>
public sealed partial class HubFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-hub-").FullName;

    public HubFolderTests() => SmolVlmNew.Write(_folder, Sizes, ["What color is the red circle?", " red", " red circle"], seed: 5);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static SmolVlmConfig Sizes => new()
    {
        Text = new SmolVlmTextConfig
        {
            HiddenSize = 16,
            IntermediateSize = 24,
            Layers = 1,
            Heads = 2,
            KvHeads = 1,
            HeadDim = 8,
            VocabSize = 320,
            MaxPositions = 64,
        },
        Vision = new SmolVlmVisionConfig { HiddenSize = 8, IntermediateSize = 16, Layers = 1, Heads = 1, ImageSize = 8, PatchSize = 4 },
        ScaleFactor = 2,
        ImageToken = 0,
    };

    [Fact]
    public void A_saved_folder_loads_bit_equal_under_the_hubs_names()
    {
        VlmCheckpoint first = VlmCheckpoint.Load(_folder, torch.CPU);
        string copy = Path.Combine(_folder, "copy");
        Directory.CreateDirectory(copy);
        first.Write(copy);
        VlmCheckpoint second = VlmCheckpoint.Load(copy, torch.CPU);

        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(copy, "model.safetensors")));
        foreach ((var a, var b) in first.Model.Parameters.Zip(second.Model.Parameters))
        {
            Assert.Equal(a.Name, b.Name);
            Assert.True(a.Value.allclose(b.Value, rtol: 0, atol: 0), a.Name);
        }
        Assert.Contains("model.text_model.layers.0.self_attn.q_proj.weight", first.Model.Parameters.Select(item => item.Name));
        Assert.True(JsonNode.DeepEquals(first.Config, second.Config));
        Assert.Equal(first.SmallFiles.Keys, second.SmallFiles.Keys);
    }

    [Fact]
    public void The_same_seed_makes_the_same_weights_and_another_seed_others()
    {
        byte[] made = File.ReadAllBytes(Path.Combine(_folder, "model.safetensors"));
        Assert.Equal(made, Made(5));
        Assert.NotEqual(made, Made(6));

        static byte[] Made(long seed)
        {
            string folder = Directory.CreateTempSubdirectory("vlm-hub-").FullName;
            SmolVlmNew.Write(folder, Sizes, ["What color is the red circle?", " red", " red circle"], seed);
            byte[] bytes = File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
            Directory.Delete(folder, recursive: true);
            return bytes;
        }
    }

    [Fact]
    public void A_folder_that_is_not_there() => Says("""
        error: there is no folder "nowhere/at/all"
           at: nowhere/at/all
          try: give the folder that holds config.json and model.safetensors
        """, "nowhere/at/all");

    [Fact]
    public void A_folder_without_weights()
    {
        File.Delete(Path.Combine(_folder, "model.safetensors"));

        Says($"""
            error: the model folder has no weights: neither model.safetensors nor model.safetensors.index.json
               at: {_folder}
              try: give the folder that holds model.safetensors
            """);
    }

    [Fact]
    public void A_missing_shard()
    {
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        File.WriteAllText(Path.Combine(_folder, "model.safetensors.index.json"),
            """{"weight_map": {"lm_head.weight": "model-00001-of-00002.safetensors"}}""");

        string shard = Path.Combine(_folder, "model-00001-of-00002.safetensors");
        Says($"""
            error: the shard model-00001-of-00002.safetensors is missing
               at: {shard}
              try: download the shard
            """);
    }

    [Theory]
    [InlineData("""{"lm_head.weight": "../other.safetensors"}""", "the index names \"../other.safetensors\", which is outside the folder")]
    [InlineData("""{"lm_head.weight": "/etc/hosts"}""", "the index names \"/etc/hosts\", which is outside the folder")]
    [InlineData("""{"lm_head.weight": ""}""", "the index names \"\", which is outside the folder")]
    [InlineData("""{"lm_head.weight": 1}""", "the index names no file for lm_head.weight")]
    [InlineData("""{"lm_head.weight": null}""", "the index names no file for lm_head.weight")]
    [InlineData("""["lm_head.weight"]""", "the index has no weight_map from tensors to files")]
    [InlineData("null", "the index has no weight_map from tensors to files")]
    public void An_index_that_leads_nowhere(string map, string problem)
    {
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        string index = Path.Combine(_folder, "model.safetensors.index.json");
        File.WriteAllText(index, $$"""{"weight_map": {{map}}}""");

        Says($"""
            error: {problem}
               at: {index}
              try: download the index again
            """);
    }

    [Fact]
    public void An_index_that_names_a_file_without_the_tensor()
    {
        string index = Path.Combine(_folder, "model.safetensors.index.json");
        File.Move(Path.Combine(_folder, "model.safetensors"), Path.Combine(_folder, "part.safetensors"));
        File.WriteAllText(index, """{"weight_map": {"lm_head.bias": "part.safetensors"}}""");

        Says($"""
            error: the index places lm_head.bias in part.safetensors, which has no such tensor
               at: {index}
              try: download the shard again
            """);
    }

    [Fact]
    public void A_configuration_that_says_a_thing_twice()
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), """{"model_type": "smolvlm", "model_type": "idefics3"}""");

        Assert.StartsWith("the file is not JSON: ",
            Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder, torch.CPU)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model_type": "\ud800"}""")]
    [InlineData("""{"model_type": "smolvlm", "\ud800": 1}""")]
    [InlineData("""{"model_type": "smolvlm", "text_config": {"x": ["\ud800"]}}""")]
    public void A_configuration_of_escapes_that_are_no_text(string config)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), config);

        Says($"""
            error: the file holds text that is not Unicode
               at: {Path.Combine(_folder, "config.json")}
              try: download the file again
            """);
    }

    private void Edit(Action<Dictionary<string, torch.Tensor>> change)
    {
        using var scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> tensors;
        string file = Path.Combine(_folder, "model.safetensors");
        using (SafetensorsFile open = SafetensorsFile.Open(file))
            tensors = open.Entries.Keys.ToDictionary(name => name, name => open.Load(name, torch.CPU));
        change(tensors);
        SafetensorsWriter.Write(file, tensors.Select(item => (item.Key, item.Value)));
    }

    private void Says(string message, string? folder = null)
    {
        var error = Assert.Throws<UsageException>(() => VlmCheckpoint.Load(folder ?? _folder, torch.CPU));
        Assert.Equal(message.ReplaceLineEndings("\n"), error.Render());
    }
}
