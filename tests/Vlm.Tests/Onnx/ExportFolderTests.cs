using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Images;
using Vlm.Models;
using Vlm.Onnx.Export;
using Vlm.Onnx.Runtime;
using Vlm.Testing;

namespace Vlm.Tests.Onnx;

/// <summary>The files beside the graphs, and folders that cannot be written.</summary>
public class ExportFolderTests
{
    private static readonly ExportOptions s_unverified = new() { Check = false };

    [Theory]
    [InlineData("tiny_qwen2_vl", "qwen2_vl_text")]
    [InlineData("tiny_qwen2_5_vl", "qwen2_5_vl_text")]
    public void Qwens_sizes_lie_on_the_top_and_in_text_config(string folder, string type) => GraphRun.InFolder(place =>
    {
        ExportTests.Export(folder, place, s_unverified);

        JsonObject config = ExportTests.Json(place, "config.json"), text = config["text_config"]!.AsObject();
        Assert.Equal(type, text["model_type"]!.GetValue<string>());
        foreach (JsonObject part in (JsonObject[])[config, text])
            Assert.Equal((3, 2, 64), (Number(part, "num_hidden_layers"), Number(part, "num_key_value_heads"), Number(part, "hidden_size")));
        Assert.Equal((462, 463, 459),
            (Number(config, "image_token_id"), Number(config, "video_token_id"), Number(config, "vision_start_token_id")));
        Assert.Equal(2, Number(config["vision_config"]!.AsObject(), "spatial_merge_size"));
        Assert.Equal("fp32", config["transformers.js_config"]!["dtype"]!.GetValue<string>());
        return 0;

        static int Number(JsonObject json, string name) => json[name]!.GetValue<int>();
    });

    // The fixture's file has neither do_resize nor the three after it; what it has stays as it is.
    [Fact]
    public void Fields_that_a_processor_lacks_are_filled_and_said() => GraphRun.InFolder(place =>
    {
        var said = new List<string>();

        ExportReport report = ExportTests.Export("tiny_qwen2_vl", place, s_unverified, new LineLogger(said.Add));

        JsonObject images = ExportTests.Json(place, "preprocessor_config.json");
        foreach (string name in (string[])["do_resize", "do_rescale", "do_normalize", "do_convert_rgb"])
            Assert.True(images[name]!.GetValue<bool>());
        Assert.Equal(3, images["resample"]!.GetValue<int>());
        Assert.Equal((256, 1600, 4), (images["min_pixels"]!.GetValue<int>(), images["max_pixels"]!.GetValue<int>(),
            images["patch_size"]!.GetValue<int>()));
        string filled = Assert.Single(report.Filled, fields => fields.StartsWith("preprocessor_config.json: ", StringComparison.Ordinal));
        Assert.Contains("do_resize", filled, StringComparison.Ordinal);
        Assert.DoesNotContain("patch_size", filled, StringComparison.Ordinal);
        Assert.Contains($"filled from the family's defaults in {filled}", said);
        return 0;
    });

    // The fixture keeps its template in chat_template.json, which transformers.js does not read.
    [Fact]
    public void The_template_moves_into_tokenizer_config() => GraphRun.InFolder(place =>
    {
        string source = Fixtures.PathOf("tiny_smolvlm");
        Assert.False(ExportTests.Json(source, "tokenizer_config.json").ContainsKey("chat_template"));

        ExportTests.Export("tiny_smolvlm", place, s_unverified);

        Assert.Equal(ExportTests.Json(source, "chat_template.json")["chat_template"]!.GetValue<string>(),
            ExportTests.Json(place, "tokenizer_config.json")["chat_template"]!.GetValue<string>());
        Assert.Equal(4, ExportTests.Json(place, "processor_config.json")["image_seq_len"]!.GetValue<int>());
        return 0;
    });

    // transformers.js makes an empty cache of a first dimension that bears this name, fixed numbers, and 0 for all others.
    [Theory]
    [InlineData("tiny_smolvlm", 1, "batch_size, sequence_length")]
    [InlineData("tiny_qwen2_5_vl", 2, "3, batch_size, sequence_length")]
    [InlineData("tiny_qwen3_vl", 2, "3, batch_size, sequence_length")]
    public void Caches_are_declared_as_the_client_reads_them(string folder, int heads, string positions) => GraphRun.InFolder(place =>
    {
        ExportTests.Export(folder, place, s_unverified);

        using var decoder = OnnxSession.Load(Path.Combine(place, "onnx", "decoder_model_merged.onnx"));
        Dictionary<string, string> inputs = decoder.Inputs.ToDictionary(item => item.Name, item => item.Type);
        Assert.Equal($"Float [batch_size, {heads}, past_sequence_length, 16]", inputs["past_key_values.2.value"]);
        Assert.Equal($"Int64 [{positions}]", inputs["position_ids"]);
        Assert.Equal("Int64 []", inputs["num_logits_to_keep"]);
        Assert.Equal(10, inputs.Count);      // four, and keys and values of three layers
        Assert.Equal($"Float [batch_size, {heads}, total_sequence_length, 16]",
            decoder.Outputs.Single(item => item.Name == "present.0.key").Type);
        return 0;
    });

    // Qwen3-VL's lie in text_config, where every reader of it looks.
    [Fact]
    public void Sizes_of_Qwen3_stay_in_text_config() => GraphRun.InFolder(place =>
    {
        ExportTests.Export("tiny_qwen3_vl", place, s_unverified);

        JsonObject config = ExportTests.Json(place, "config.json"), text = config["text_config"]!.AsObject();
        Assert.Equal(("qwen3_vl", "qwen3_vl_text"), (config["model_type"]!.GetValue<string>(), text["model_type"]!.GetValue<string>()));
        Assert.False(config.ContainsKey("hidden_size"));
        Assert.Equal((64, 3, 2, 16), (Number("hidden_size"), Number("num_hidden_layers"), Number("num_key_value_heads"), Number("head_dim")));
        Assert.Equal("Qwen3VLProcessor", ExportTests.Json(place, "preprocessor_config.json")["processor_class"]!.GetValue<string>());
        return 0;

        int Number(string name) => text[name]!.GetValue<int>();
    });

    // The tower gives, and the decoder takes, three vectors of 64 numbers side by side: the fixture has two deep blocks.
    [Fact]
    public void Features_of_several_depths_lie_side_by_side() => GraphRun.InFolder(place =>
    {
        ExportTests.Export("tiny_qwen3_vl", place, s_unverified);

        string Graph(string name) => Path.Combine(place, "onnx", $"{name}.onnx");
        using OnnxSession tower = OnnxSession.Load(Graph("vision_encoder")), embedding = OnnxSession.Load(Graph("embed_tokens")),
            decoder = OnnxSession.Load(Graph("decoder_model_merged"));
        Assert.Equal("Float [num_image_tokens, 192]", Assert.Single(tower.Outputs).Type);
        Assert.Equal("Float [batch_size, sequence_length, 192]", Assert.Single(embedding.Outputs).Type);
        Assert.Equal("Float [batch_size, sequence_length, 192]", decoder.Inputs.Single(item => item.Name == "inputs_embeds").Type);
        return 0;
    });

    [Fact]
    public void A_folder_with_files_is_refused_unless_forced_and_keeps_its_own() => GraphRun.InFolder(place =>
    {
        string own = Path.Combine(place, "notes.txt"), config = Path.Combine(place, "config.json");
        File.WriteAllText(own, "mine");
        File.WriteAllText(config, "{}");

        UsageException refused = Assert.Throws<UsageException>(() => ExportTests.Export("tiny_smolvlm", place, s_unverified));
        Assert.Contains("or Force to write into it", refused.Render(), StringComparison.Ordinal);
        Assert.Equal("{}", File.ReadAllText(config));
        Assert.Equal(2, Directory.GetFileSystemEntries(place).Length);

        ExportTests.Export("tiny_smolvlm", place, new ExportOptions { Force = true });
        Assert.Equal("mine", File.ReadAllText(own));
        Assert.Equal("smolvlm", ExportTests.Json(place, "config.json")["model_type"]!.GetValue<string>());
        Assert.True(OnnxCheckpoint.IsAt(place));
        Assert.False(Directory.Exists(place + ".exporting"));
        return 0;
    });

    // The newest of both layouts is what is loaded; what people put there stays.
    [Theory]
    [InlineData(ExportClient.OnnxruntimeGenai, ExportClient.TransformersJs)]
    [InlineData(ExportClient.TransformersJs, ExportClient.OnnxruntimeGenai)]
    public void Another_layout_takes_the_place_of_the_first(ExportClient first, ExportClient second) => GraphRun.InFolder(place =>
    {
        static ExportOptions Options(ExportClient client) => s_unverified with { For = client, Force = true };
        ExportTests.Export("tiny_qwen2_vl", Path.Combine(place, "alone"), Options(second));
        string both = Path.Combine(place, "both");
        ExportTests.Export("tiny_qwen2_vl", both, Options(first));
        File.WriteAllText(Path.Combine(both, "notes.txt"), "mine");

        ExportTests.Export("tiny_qwen2_vl", both, Options(second));

        Assert.Equal(Names(Path.Combine(place, "alone")).Append("notes.txt").Order(StringComparer.Ordinal), Names(both));
        using var loaded = OnnxCheckpoint.Load(both);
        return 0;
    });

    // The fixtures' folders hold images, recordings and a list of cases.
    [Fact]
    public void Files_that_are_no_part_of_a_model_stay_where_they_are() => GraphRun.InFolder(place =>
    {
        string source = Fixtures.PathOf("tiny_smolvlm");
        Assert.True(File.Exists(Path.Combine(source, "cases.json")));

        ExportReport report = ExportTests.Export("tiny_smolvlm", place, s_unverified);

        Assert.False(File.Exists(Path.Combine(place, "cases.json")));
        foreach (string kept in (string[])["tokenizer.json", "generation_config.json", "chat_template.json"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(source, kept)), File.ReadAllBytes(Path.Combine(place, kept)));
        Assert.DoesNotContain(report.Filled, fields => fields.Contains("chat_template", StringComparison.Ordinal));     // moved
        return 0;
    });

    private static IEnumerable<string> Names(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal);

    // ENOSPC, as a write to a full disk throws it, while the files are being written.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_full_disk_leaves_nothing_under_the_name(bool force) => GraphRun.InFolder(place =>
    {
        string target = Path.Combine(place, "model");
        var full = new IOException("No space left on device", 28);

        UsageException error = Assert.Throws<UsageException>(() => ExportTests.Export(
            "tiny_qwen2_vl", target, s_unverified with { Force = force }, new LineLogger(_ => throw full)));

        Assert.Equal($"the disk is full; {target} is not complete", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(place));
        return 0;
    });

    [Fact]
    public void A_full_disk_leaves_a_folder_that_has_files_as_it_was() => GraphRun.InFolder(place =>
    {
        string target = Directory.CreateDirectory(Path.Combine(place, "model")).FullName;
        File.WriteAllText(Path.Combine(target, "config.json"), "{}");

        Assert.Throws<UsageException>(() => ExportTests.Export("tiny_qwen2_vl", target, s_unverified with { Force = true },
            new LineLogger(_ => throw new IOException("No space left on device", 28))));

        Assert.Equal([Path.Combine("model", "config.json")], Names(place));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(target, "config.json")));
        Assert.Equal([target], Directory.GetFileSystemEntries(place));
        return 0;
    });

    // Fixture and reference graphs were made of the same weights; the reference's were written by another program.
    [Theory]
    [InlineData("tiny_smolvlm")]
    [InlineData("tiny_qwen2_vl")]
    [InlineData("tiny_qwen2_5_vl")]
    public void Graphs_answer_as_the_reference_graphs(string folder) => GraphRun.InFolder(place =>
    {
        ExportTests.Export(folder, place, s_unverified);
        using var own = OnnxCheckpoint.Load(place);
        using var reference = OnnxCheckpoint.Load(Fixtures.PathOf("onnx_reference", folder));
        string file = Fixtures.PathOf("tiny_smolvlm", "img1_30x61.png");
        RgbImage image = ImageCodec.Decode(File.ReadAllBytes(file), file);
        PromptBatch Batch(IPromptProcessor processor) => PromptBatch.LeftPadded(
            [processor.Prompt("two", [Message.User("Which?", 2)], [image, image]),
                processor.Prompt("none", [Message.User("How many?")], [])], 512);

        PromptBatch given = Batch(own.Processor), expected = Batch(reference.Processor);

        Assert.Equal(expected.Tokens, given.Tokens);
        int real = given.Lengths.Min();      // of the shorter prompt; before it is padding
        GraphRun.Near(reference.Model.Logits(expected, real), own.Model.Logits(given, real), 1e-4);
        return 0;
    });

    [Fact]
    public void An_adapter_is_merged_on_the_way() => GraphRun.InFolder(place =>
    {
        var engine = VlmCheckpoint.Load(Fixtures.PathOf("tiny_smolvlm"), torch.CPU);
        Vlm.Layers.LoraLinear layer = engine.Model.Projections.First(item => item.Name.EndsWith("q_proj", StringComparison.Ordinal)
            && item.Name.Contains("text_model", StringComparison.Ordinal)).Layer;
        layer.Adapt(rank: 2, scale: 3);
        using (TorchSharp.torch.no_grad())
            foreach ((string name, TorchSharp.Modules.Parameter value) in engine.Model.Parameters.Where(item => item.Name.Contains("lora_B", StringComparison.Ordinal)))
                value.fill_(0.5f);

        ExportReport report = OnnxExport.Write(engine, place, new ExportOptions());

        Assert.False(layer.HasAdapter);
        Assert.True(report.Check!.Passes);
        Assert.NotEqual(Bytes("tiny_smolvlm"), File.ReadAllBytes(Path.Combine(place, "onnx", "decoder_model_merged.onnx")));
        engine.Model.Dispose();
        return 0;
    });

    private static byte[] Bytes(string folder) => GraphRun.InFolder(place =>
    {
        ExportTests.Export(folder, place, s_unverified);
        return File.ReadAllBytes(Path.Combine(place, "onnx", "decoder_model_merged.onnx"));
    });
}
