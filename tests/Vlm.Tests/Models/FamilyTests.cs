using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Images;
using Vlm.Models;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.Models;

/// <summary>What every family's checkpoint does alike: prompts as the reference makes them, weights in and out.</summary>
public sealed class FamilyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-family-").FullName;

    internal static readonly string[] Names =
        ["tiny_smolvlm", "tiny_idefics3_sharded", "tiny_qwen2_vl", "tiny_qwen2_5_vl", "tiny_qwen3_vl"];

    public static TheoryData<string> Folders() => [.. Names];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // cases.json holds what the reference's processor rendered for these chats; case_*.safetensors the ids it made of them.
    [Theory]
    [MemberData(nameof(Folders))]
    public void Chats_and_images_become_the_references_inputs(string folder)
    {
        string path = Fixtures.PathOf(folder);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        VlmCheckpoint vlm = VlmCheckpoint.Load(path, CPU);
        JsonNode rendered = JsonNode.Parse(File.ReadAllText(Path.Combine(path, "cases.json")))!["rendered"]!;
        RgbImage[] images = [.. Directory.GetFiles(path, "img*.png").Order(StringComparer.Ordinal)
            .Select(file => ImageCodec.Decode(File.ReadAllBytes(file), file))];
        Content image = Content.Image;

        Prompt single = vlm.Processor.Prompt("a", [Message.User("What is in this image?", 1)], [images[0]]);
        Prompt two = vlm.Processor.Prompt("b", [new Message("user", [
            new Content("Compare "), image, new Content(" and "), image, new Content(": which shape is bigger?")])],
            [images[1], images[2]]);
        Prompt other = vlm.Processor.Prompt("b", [Message.User("Describe 12 objects.", 1)], [images[0]]);
        Prompt text = vlm.Processor.Prompt("c", [Message.User("How many objects are there?")], []);

        Same("case_a_single", rendered["a"]!, single);
        Same("case_b_batch_leftpad", rendered["b"]!, two, other);
        Same("case_c_text_only", rendered["c"]!, text);
        Assert.Null(vlm.Processor.Template.Warning);

        void Same(string name, JsonNode chats, params Prompt[] prompts)
        {
            using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(path, $"{name}.safetensors"));
            Assert.Equal(chats.AsArray().Select(chat => (string?)chat), prompts.Select(prompt => prompt.Text));
            Tensor ids = file.Load("in.input_ids", CPU), mask = file.Load("in.attention_mask", CPU);
            Assert.Equal(prompts.Length, ids.shape[0]);
            foreach ((int row, Prompt prompt) in prompts.Index())
                Assert.Equal(ids[row].masked_select(mask[row].ne(0)).data<long>().ToArray(), prompt.Tokens.Select(id => (long)id));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_written_folder_is_bit_equal_and_has_the_hubs_names(string folder)
    {
        string path = Fixtures.PathOf(folder);
        VlmCheckpoint first = VlmCheckpoint.Load(path, CPU);

        first.Write(_folder, null, 60_000);
        VlmCheckpoint second = VlmCheckpoint.Load(_folder, CPU);

        Assert.Equal(first.Model.Parameters.Select(item => item.Name), second.Model.Parameters.Select(item => item.Name));
        foreach (((string name, Parameter a), (_, Parameter b)) in first.Model.Parameters.Zip(second.Model.Parameters))
            Assert.True(a.bytes.SequenceEqual(b.bytes), name);
        using HubFolder written = HubFolder.Open(_folder), original = HubFolder.Open(path);
        Assert.Equal(original.Names.Order(StringComparer.Ordinal), written.Names.Order(StringComparer.Ordinal));
        Assert.Equal(original.Config.ToJsonString(), written.Config.ToJsonString());      // the same fields in the same order
        string[] shards = Directory.GetFiles(_folder, "model-*.safetensors");
        Assert.True(shards.Length > 1, "no shards were written");
        Assert.All(shards, shard =>
        {
            using SafetensorsFile file = SafetensorsFile.Open(shard);
            Assert.Equal("pt", file.Metadata["format"]);
        });
    }

    // Newer writers of Qwen2-VL and Qwen2.5-VL put both parts under "model", and text sizes under "text_config".
    [Theory]
    [InlineData("tiny_qwen2_vl")]
    [InlineData("tiny_qwen2_5_vl")]
    public void Newer_names_and_a_nested_configuration_are_the_same_model(string folder)
    {
        string path = Fixtures.PathOf(folder);
        VlmCheckpoint old = VlmCheckpoint.Load(path, CPU);
        var config = (JsonObject)old.Config.DeepClone();
        var nested = new JsonObject();
        foreach (string name in (string[])["hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
            "num_key_value_heads", "vocab_size", "rms_norm_eps", "max_position_embeddings"])
        {
            nested[name] = config[name]!.DeepClone();
            config.Remove(name);
        }
        nested["rope_parameters"] = new JsonObject
        {
            ["rope_theta"] = 1e6,
            ["rope_type"] = "default",
            ["mrope_section"] = new JsonArray(2, 3, 3),
        };
        config.Remove("rope_theta");
        config.Remove("rope_scaling");
        config["text_config"] = nested;
        HubFolder.Write(_folder, config, old.SmallFiles, old.Model.Parameters.Select(item => (Newer(item.Name), (Tensor)item.Value)));

        VlmCheckpoint newer = VlmCheckpoint.Load(_folder, CPU);

        using var off = no_grad();
        Prompt prompt = old.Processor.Prompt("a", [Message.User("What is it?")], []);
        Tensor Logits(VlmCheckpoint vlm) =>
            vlm.Model.Logits(vlm.Model.Prefill([prompt], new Vlm.Layers.KvCache(vlm.Model.Layers)).Hidden);
        Assert.True(Logits(old).bytes.SequenceEqual(Logits(newer).bytes));

        static string Newer(string name) => name.StartsWith("visual.", StringComparison.Ordinal) ? $"model.{name}"
            : name.StartsWith("model.", StringComparison.Ordinal) ? "model.language_model." + name["model.".Length..] : name;
    }

    [Theory]
    [InlineData("tiny_qwen2_vl", true)]     // the flag is false and the head is there: untied
    [InlineData("tiny_qwen2_5_vl", false)]  // tied: no head of its own
    public void The_flag_says_whether_the_output_layer_is_the_embedding(string folder, bool head)
    {
        VlmCheckpoint vlm = VlmCheckpoint.Load(Fixtures.PathOf(folder), CPU);

        Assert.Equal(head, vlm.Model.Parameters.Any(item => item.Name == "lm_head.weight"));
    }

    [Fact]
    public void A_head_that_should_be_there_and_is_not_is_missed()
    {
        VlmCheckpoint vlm = VlmCheckpoint.Load(Fixtures.PathOf("tiny_qwen2_5_vl"), CPU);
        var config = (JsonObject)vlm.Config.DeepClone();
        config["tie_word_embeddings"] = false;
        HubFolder.Write(_folder, config, vlm.SmallFiles, vlm.Model.Parameters.Select(item => (item.Name, (Tensor)item.Value)));

        var error = Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder, CPU));

        Assert.Contains("lm_head.weight", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiny_smolvlm", "<image>")]
    [InlineData("tiny_smolvlm", "<fake_token_around_image>")]
    [InlineData("tiny_qwen2_vl", "<|image_pad|>")]
    [InlineData("tiny_qwen3_vl", "<|vision_end|>")]
    public void A_tokenizer_without_a_token_the_family_needs_is_refused(string folder, string token)
    {
        Copy(folder);
        string tokenizer = Path.Combine(_folder, "tokenizer.json");
        File.WriteAllText(tokenizer, File.ReadAllText(tokenizer)
            .Replace(JsonSerializer.Serialize(token, s_plain), "\"<other>\"", StringComparison.Ordinal));

        var error = Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder, CPU));

        Assert.Equal($"the tokenizer has no token {token}", error.Message);
    }

    // The weights have the sizes of config.json; only the processor's file can be another model's.
    [Theory]
    [InlineData("tiny_smolvlm", "max_image_size.longest_edge", "\"longest_edge\": 32", "\"longest_edge\": 64", 64, 32)]
    [InlineData("tiny_smolvlm", "image_seq_len", "\"image_seq_len\": 4", "\"image_seq_len\": 9", 9, 4)]
    [InlineData("tiny_qwen2_vl", "patch_size", "\"patch_size\": 4", "\"patch_size\": 8", 8, 4)]
    [InlineData("tiny_qwen2_5_vl", "temporal_patch_size", "\"temporal_patch_size\": 2", "\"temporal_patch_size\": 1", 1, 2)]
    [InlineData("tiny_qwen3_vl", "merge_size", "\"merge_size\": 2", "\"merge_size\": 1", 1, 2)]
    public void Images_prepared_for_another_model_are_refused(
        string folder, string field, string old, string other, int prepared, int taken)
    {
        Copy(folder);
        string[] changed = [.. Directory.GetFiles(_folder, "*processor_config.json")
            .Where(file => File.ReadAllText(file).Contains(old, StringComparison.Ordinal))];
        Assert.NotEmpty(changed);
        foreach (string file in changed)
            File.WriteAllText(file, File.ReadAllText(file).Replace(old, other, StringComparison.Ordinal));

        var error = Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder, CPU));

        Assert.Equal(
            $"images are prepared with {field} {prepared}, and the sizes in config.json take {taken}", error.Message);
        Assert.Equal(_folder, error.Where);
    }

    [Theory]
    [InlineData("use_sliding_window", "true", "use_sliding_window is true")]
    [InlineData("rope_scaling", """{ "type": "longrope", "factor": 4 }""", "rope type \"longrope\"")]
    [InlineData("rope_scaling", """{ "type": "yarn" }""", "\"rope_scaling.factor\" is missing")]
    [InlineData("rope_scaling", """{ "type": "yarn", "factor": 0 }""", "\"rope_scaling.factor\" is 0 and must be a number from 1")]
    [InlineData("rope_scaling", """{ "factor": 4 }""", "\"rope_scaling.rope_type\" is missing")]
    [InlineData("rope_scaling", """{ "type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 1 }""",
        "must be above low_freq_factor (4)")]
    [InlineData("rope_parameters", """{ "full_attention": { "rope_type": "yarn" } }""", "all layers of this family turn alike")]
    [InlineData("partial_rotary_factor", "0.5", "all of a head turns in this family")]
    [InlineData("rope_theta", "0", "\"rope_theta\" is 0 and must be a number above 1")]
    [InlineData("rms_norm_eps", "-1e9", "\"rms_norm_eps\" is -1e9 and must be a number above 0")]
    [InlineData("vocab_size", "-512", "\"vocab_size\" is -512 and must be a whole number from 1")]
    [InlineData("image_token_id", "512", "\"image_token_id\" is 512, and \"vocab_size\" gives the embedding 512 rows")]
    [InlineData("rope_scaling", """{ "type": "mrope", "mrope_section": [2, 3, 4] }""", "add up to half a head's width (8)")]
    [InlineData("hidden_act", "\"gelu\"", "\"hidden_act\" is \"gelu\" and must be \"silu\"")]
    [InlineData("num_attention_heads", "5", "num_key_value_heads (2) must divide num_attention_heads (5)")]
    [InlineData("hidden_size", "\"64\"", "\"hidden_size\" is \"64\" and must be a whole number")]
    [InlineData("num_hidden_layers", "1e12", "is 1e12 and must be a whole number from 1 to 1000")]
    [InlineData("rms_norm_eps", "\"tiny\"", "\"rms_norm_eps\" is \"tiny\" and must be a number")]
    [InlineData("tie_word_embeddings", "1", "\"tie_word_embeddings\" is 1 and must be true or false")]
    [InlineData("vision_config", "[]", "\"vision_config\" is [] and must be an object")]
    [InlineData("model_type", "null", "the model type \"\" is not known")]
    public void A_configuration_that_cannot_be_computed_is_refused(string field, string value, string says)
    {
        var config = (JsonObject)JsonNode.Parse(
            File.ReadAllText(Fixtures.PathOf("tiny_qwen2_vl", "config.json")))!;
        config[field] = JsonNode.Parse(value);

        var error = Assert.Throws<UsageException>(() => ModelConfig.Of(config, "folder").MetaModel());

        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Equal(Path.Combine("folder", "config.json"), error.Where);
    }

    private void Copy(string folder)
    {
        foreach (string file in Directory.GetFiles(Fixtures.PathOf(folder)))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
    }

    private static readonly JsonSerializerOptions s_plain =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
