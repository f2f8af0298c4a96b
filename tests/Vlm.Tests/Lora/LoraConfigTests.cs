using System.Text.Json.Nodes;
using Vlm.Lora;

namespace Vlm.Tests.Lora;

public sealed class LoraConfigTests : IDisposable
{
    private const string Query = "model.text_model.layers.11.self_attn.q_proj";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-lora-");

    // Written by PEFT 0.14; "corda_config" and "eva_config" stand for fields that nobody here knows.
    private const string Published = """
        {
          "alpha_pattern": { "o_proj": 6 },
          "auto_mapping": null,
          "base_model_name_or_path": "HuggingFaceTB/SmolVLM-256M-Instruct",
          "bias": "none",
          "corda_config": null,
          "eva_config": { "rho": 2.0 },
          "exclude_modules": [ "fc1" ],
          "fan_in_fan_out": false,
          "inference_mode": true,
          "init_lora_weights": "gaussian",
          "layer_replication": null,
          "layers_pattern": null,
          "layers_to_transform": [ 0, 11 ],
          "loftq_config": {},
          "lora_alpha": 24,
          "lora_dropout": 0.05,
          "modules_to_save": null,
          "peft_type": "LORA",
          "r": 9,
          "rank_pattern": { "layers.0.mlp.up_proj": 4 },
          "revision": "main",
          "target_modules": [ "q_proj", "up_proj", "o_proj", "fc1" ],
          "task_type": null,
          "use_dora": false,
          "use_rslora": true
        }
        """;

    [Theory]
    [InlineData("q_proj", true)]
    [InlineData("self_attn.q_proj", true)]
    [InlineData(Query, true)]
    [InlineData("proj", false)]                  // only whole segments
    [InlineData("layers.11", false)]             // only endings
    public void A_name_means_the_layers_whose_path_ends_with_it(string name, bool meant) =>
        Assert.Equal(meant, new LoraConfig { Targets = ModulePattern.Named("none", name) }.Has(Query));

    [Theory]
    [InlineData(@".*\.(q|v)_proj", true)]
    [InlineData(@".*text_model.*", true)]
    [InlineData(@"q_proj", false)]               // the whole path, not a piece of it
    [InlineData(@"model\.text_model|.*\.v_proj", false)]
    public void An_expression_means_the_layers_whose_whole_path_matches(string expression, bool meant) =>
        Assert.Equal(meant, new LoraConfig { Targets = ModulePattern.Matching(expression, "x") }.Has(Query));

    [Fact]
    public void All_linear_means_every_layer_but_the_output_layer()
    {
        var config = new LoraConfig { Targets = ModulePattern.AllLinear, Exclude = ModulePattern.Named("v_proj") };

        Assert.True(config.Has(Query));
        Assert.False(config.Has("lm_head"));
        Assert.False(config.Has("language_model.lm_head"));
        Assert.False(config.Has("model.text_model.layers.11.self_attn.v_proj"));
    }

    [Fact]
    public void An_expression_that_never_ends_is_stopped()
    {
        var config = new LoraConfig { Targets = ModulePattern.Matching(@"(\w+\w+)+x.", "adapter_config.json") };

        var error = Assert.Throws<UsageException>(() => config.Has(new string('a', 60) + "x"));
        Assert.StartsWith("the expression ", error.Message, StringComparison.Ordinal);
        Assert.Equal("adapter_config.json", error.Where);
    }

    // alpha / r = 24 / 8 = 3; alpha / sqrt(r) = 24 / sqrt(9) = 8; with a pattern's r = 4: 24 / sqrt(4) = 12;
    // with a pattern's alpha = 6: 6 / sqrt(9) = 2.
    [Fact]
    public void Strength_is_alpha_by_rank_or_by_its_root()
    {
        Assert.Equal(3, new LoraConfig { Rank = 8, Alpha = 24 }.ScaleOf(Query));

        LoraConfig config = Read(Published);
        Assert.Equal(8, config.ScaleOf(Query), precision: 12);
        Assert.Equal(12, config.ScaleOf("model.text_model.layers.0.mlp.up_proj"), precision: 12);
        Assert.Equal(2, config.ScaleOf("model.text_model.layers.0.self_attn.o_proj"), precision: 12);
        Assert.Equal((9, 4), (config.RankOf("model.text_model.layers.1.mlp.up_proj"),
            config.RankOf("model.text_model.layers.0.mlp.up_proj")));
    }

    [Theory]
    [InlineData("model.text_model.layers.0.mlp.up_proj", true)]
    [InlineData("model.text_model.layers.11.mlp.up_proj", true)]
    [InlineData("model.text_model.layers.1.mlp.up_proj", false)]
    [InlineData("model.connector.up_proj", false)]
    [InlineData("model.vision_model.encoder.layers.0.mlp.fc1", false)]      // excluded
    public void Only_the_numbered_layers_are_meant(string module, bool meant) =>
        Assert.Equal(meant, Read(Published).Has(module));

    [Fact]
    public void Layers_are_counted_in_the_named_lists()
    {
        LoraConfig config = new() { Layers = [3], LayersPattern = ["blocks"] };

        Assert.True(config.Has("model.visual.blocks.3.attn.qkv"));
        Assert.False(config.Has("model.layers.3.self_attn.q_proj"));
    }

    [Fact]
    public void A_published_file_comes_back_as_it_was()
    {
        LoraConfig config = Read(Published);
        LoraConfigJson.Write(_folder.FullName, config);
        JsonObject written = Json(), wanted = (JsonObject)JsonNode.Parse(Published)!;

        Assert.Equal(0.05, config.Dropout);
        Assert.Equal("HuggingFaceTB/SmolVLM-256M-Instruct", config.BaseModel);
        Assert.Equal(wanted.Select(item => item.Key), written.Select(item => item.Key));
        Assert.All(wanted, item => Assert.True(
            JsonNode.DeepEquals(item.Value, written[item.Key]), $"{item.Key} is {written[item.Key]}"));
    }

    [Fact]
    public void A_new_file_has_the_fields_of_every_version()
    {
        LoraConfigJson.Write(_folder.FullName, new LoraConfig { Rank = 4, Alpha = 6.5, BaseModel = "models/a" });
        JsonObject json = Json();

        Assert.Equal(
            "alpha_pattern auto_mapping base_model_name_or_path bias fan_in_fan_out inference_mode init_lora_weights "
            + "layers_pattern layers_to_transform lora_alpha lora_dropout modules_to_save peft_type r rank_pattern revision "
            + "target_modules task_type use_rslora", string.Join(' ', json.Select(item => item.Key)));
        Assert.Equal(("all-linear", "LORA", "none"),
            ((string?)json["target_modules"], (string?)json["peft_type"], (string?)json["bias"]));
        Assert.Equal((4, 6.5), ((int)json["r"]!, (double)json["lora_alpha"]!));
    }

    [Theory]
    [InlineData("peft_type", "\"IA3\"", "is of type IA3, and only LORA is known")]
    [InlineData("peft_type", "null", "is of type null, and only LORA is known")]
    [InlineData("use_dora", "true", "sets use_dora to true, which is not known here")]
    [InlineData("bias", "\"all\"", "trains biases (bias is all), and only none is known")]
    [InlineData("trainable_token_indices", "[3]", "sets trainable_token_indices to [3], which is not known here")]
    [InlineData("fan_in_fan_out", "true", "sets fan_in_fan_out to true, which is not known here")]
    [InlineData("init_lora_weights", "\"pissa_niter_16\"",
        "began with pissa_niter_16, which changed the base model's weights too")]
    [InlineData("r", "0", "has a rank of 0 in r; it must be a whole number from 1")]
    [InlineData("rank_pattern", "{\"q_proj\": 2.5}", "has a rank of 2.5 in rank_pattern; it must be a whole number from 1")]
    [InlineData("target_modules", "null", "names no target_modules")]
    public void What_would_be_computed_otherwise_is_refused(string field, string value, string problem)
    {
        var error = Assert.Throws<UsageException>(() => Read(With(field, value)));

        Assert.Equal("the adapter " + problem, error.Message);
        Assert.Equal(Path.Combine(_folder.FullName, "adapter_config.json"), error.Where);
        Assert.NotEmpty(error.Fix);
    }

    [Theory]
    [InlineData("r", "\"8\"", "\"r\" is \"8\" and must be a number")]
    [InlineData("use_rslora", "1", "\"use_rslora\" is 1 and must be true or false")]
    [InlineData("target_modules", "[1]", "\"target_modules\" is [1] and must be a text")]
    [InlineData("target_modules", "\"(\"", "\"(\" is no regular expression")]
    [InlineData("layers_to_transform", "[2.5]", "\"layers_to_transform\" is [2.5] and must be a whole number")]
    [InlineData("rank_pattern", "[]", "\"rank_pattern\" is [] and must be an object of numbers")]
    public void Fields_of_a_wrong_kind_are_refused(string field, string value, string problem) => Assert.StartsWith(
        problem, Assert.Throws<UsageException>(() => Read(With(field, value))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_without_the_file_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => LoraConfigJson.Read(_folder.FullName));

        Assert.Equal("the adapter folder has no adapter_config.json", error.Message);
    }

    // Paths that no file knows: said one by one, with the ranks and alphas they had.
    [Fact]
    public void Exact_modules_keep_their_ranks_and_strengths()
    {
        LoraConfig old = Read(Published);
        LoraConfig only = old.Only([("a.x", Query), ("b.layers.y", "model.text_model.layers.0.mlp.up_proj")]);

        Assert.True(only.Has("a.x") && only.Has("b.layers.y") && !only.Has(Query));
        Assert.Equal((8.0, 12.0), (Math.Round(only.ScaleOf("a.x"), 9), Math.Round(only.ScaleOf("b.layers.y"), 9)));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string With(string field, string value)
    {
        var json = (JsonObject)JsonNode.Parse(Published)!;
        json[field] = JsonNode.Parse(value);
        return json.ToJsonString();
    }

    private LoraConfig Read(string json)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "adapter_config.json"), json);
        return LoraConfigJson.Read(_folder.FullName);
    }

    private JsonObject Json() =>
        (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(_folder.FullName, "adapter_config.json")))!;
}
