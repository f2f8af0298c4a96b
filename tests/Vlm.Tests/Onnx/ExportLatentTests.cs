using System.Text.Json.Nodes;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Onnx.Export;
using Vlm.Onnx.Runtime;
using Vlm.Tests.LatentActions;
using static TorchSharp.torch;

namespace Vlm.Tests.Onnx;

/// <summary>Exported codes against the engine: the same random numbers, the same codes and tokens.</summary>
public class ExportLatentTests
{
    private static readonly SampleKey Key = new(11, 3);
    private static readonly ExportOptions s_unverified = new() { Check = false };

    public static TheoryData<string> Folders => ExportTests.Folders;

    // Text alone, one image, two, in a batch padded on the left; three rows each, of which some end before others.
    [Theory]
    [MemberData(nameof(Folders))]
    public void Groups_of_a_mixed_batch_take_the_engines_codes_and_tokens(string folder) => Exported(folder, s_unverified, (latent, place) =>
    {
        using OnnxCheckpoint graphs = Graphs(place);
        var taken = new HashSet<int>();
        foreach (Sampling sampling in Ways)
            foreach ((Rollout one, Rollout other) in latent.Policy().Sample(TinyLatent.Mixed(latent.Base), 3, sampling, Key)
                .Zip(graphs.Policy().Sample(Mixed(graphs, latent), 3, sampling, Key), (one, other) => (one, other)))
            {
                Assert.Equal(one.Actions, other.Actions);
                Assert.Equal(one.Tokens, other.Tokens);
                Assert.Equal((one.Prompt.Id, one.Member, one.Text, one.Stop), (other.Prompt.Id, other.Member, other.Text, other.Stop));
                foreach ((float a, float b) in one.LogProbs.Zip(other.LogProbs))
                    Assert.Equal(a, b, 1e-3);
                taken.UnionWith(one.Actions);
            }

        Assert.Equal(TinyLatent.Config.Codes, graphs.Codes);
        Assert.InRange(taken.Count, 6, TinyLatent.Config.Codes);      // not one code for everything
    });

    // A single prompt is read at once, and its caches are handed on without a copy.
    [Theory]
    [MemberData(nameof(Folders))]
    public void Single_prompts_are_answered_as_by_the_engine(string folder) => Exported(folder, s_unverified, (latent, place) =>
    {
        using OnnxCheckpoint graphs = Graphs(place);
        Prompt[] own = TinyLatent.Mixed(latent.Base), exported = Mixed(graphs, latent);
        Assert.Equal(3, own.Length);
        foreach (Sampling sampling in Ways)
            foreach ((Prompt one, Prompt other) in own.Zip(exported))
            {
                int[] expected = [.. latent.Policy().StreamAsync(one, sampling, Key).ToBlockingEnumerable()];
                Assert.Equal(expected, graphs.Policy().StreamAsync(other, sampling, Key).ToBlockingEnumerable());
                Assert.Equal(expected, graphs.Unrestricted().StreamAsync(other, sampling, Key).ToBlockingEnumerable());
            }
    });

    [Theory]
    [MemberData(nameof(Folders))]
    public void The_proof_holds_codes_and_their_logits_to_the_engine(string folder) => Exported(folder, new ExportOptions(), (_, place) =>
    {
        JsonObject kept = ExportTests.Json(place, OnnxExport.ReportFile);
        Assert.Equal(12, kept["latent_actions"]!["codes"]!.GetValue<int>());
        Assert.True(kept["check"]!["passes"]!.GetValue<bool>());
        JsonArray cases = kept["check"]!["cases"]!.AsArray();
        Assert.Equal(4, cases.Count);
        Assert.All(cases, item =>
        {
            Assert.InRange(item!["difference"]!.GetValue<double>(), 1e-9, 1e-3);
            Assert.InRange(item["codes"]!["difference"]!.GetValue<double>(), 1e-9, 1e-3);
            Assert.Equal(item["tokens"]!.GetValue<int>(), item["same_tokens"]!.GetValue<int>());
            Assert.Equal(item["tokens"]!.GetValue<int>(), item["codes"]!["same_codes"]!.GetValue<int>());
        });
    });

    // Each code in each of the last three states of the shorter prompt, however unlikely: logits under it are the engine's.
    [Theory]
    [InlineData(ReadOut.Delta)]
    [InlineData(ReadOut.LastBlock)]
    [InlineData(ReadOut.Residual)]
    public void Logits_are_under_the_code_that_is_given(ReadOut readOut)
    {
        VlmCheckpoint vlm = TinyLatent.Family("tiny_qwen2_5_vl");
        var latent = new LatentCheckpoint(vlm, TinyLatent.Modules(vlm.Model, TinyLatent.Config with { ReadOut = readOut }));
        Exported(latent, s_unverified, place =>
        {
            using OnnxCheckpoint graphs = Graphs(place);
            using IDisposable off = no_grad();
            Prompt[] prompts = TinyLatent.Mixed(vlm)[1..2];
            PromptBatch batch = PromptBatch.LeftPadded(prompts, 512);
            (_, Tensor states) = TinyLatent.AtOnce(vlm.Model, latent.Modules, prompts[0], []);
            Tensor last = states.narrow(0, states.shape[0] - 3, 3).unsqueeze(0);                  // [1, 3, H]
            for (int code = 0; code < 12; code++)
            {
                Tensor codes = tensor(new long[] { code, (code + 5) % 12, (code + 1) % 12 }).unsqueeze(0);
                OnnxOutput read = graphs.Model.Read(batch, 3, OnnxCodeTensors.Taken(codes));
                Assert.Equal(codes.data<long>().ToArray(), read.Codes!.data<long>().ToArray());
                GraphRun.Near(latent.Modules.Tokens(vlm.Model, last, codes), read.Logits, 1e-3);
            }
        });
    }

    // The branch reads what the base's last layer reads, behind image features that join there; the proof and each way of sampling hold.
    [Theory]
    [MemberData(nameof(Folders))]
    public void A_branch_takes_the_engines_codes_and_tokens(string folder)
    {
        VlmCheckpoint vlm = TinyLatent.Family(folder);
        var latent = new LatentCheckpoint(vlm, TinyLatent.Branch(vlm.Model));
        Exported(latent, new ExportOptions(), place =>
        {
            Assert.True(ExportTests.Json(place, OnnxExport.ReportFile)["check"]!["passes"]!.GetValue<bool>());
            Assert.Equal("branch", ExportTests.Json(place, "config.json")["latent_actions"]!["policy"]!.GetValue<string>());
            using OnnxCheckpoint graphs = Graphs(place);
            foreach (Sampling sampling in Ways)
                foreach ((Rollout one, Rollout other) in latent.Policy().Sample(TinyLatent.Mixed(vlm), 2, sampling, Key)
                    .Zip(graphs.Policy().Sample(Mixed(graphs, latent), 2, sampling, Key), (one, other) => (one, other)))
                {
                    Assert.Equal(one.Actions, other.Actions);
                    Assert.Equal(one.Tokens, other.Tokens);
                }
        });
    }

    [Theory]
    [InlineData(WorldForm.Classes, PolicyForm.Layers)]
    [InlineData(WorldForm.Merge, PolicyForm.Prior)]
    public void Controls_are_not_exported(WorldForm world, PolicyForm form)
    {
        LatentCheckpoint latent = LatentCheckpoint.New(TinyLatent.Family("tiny_smolvlm"),
            new LatentConfig { Codes = 6, InverseLayers = 1, PolicyLayers = 1, World = world, Policy = form }, seed: 1);

        UsageException refused = Assert.Throws<UsageException>(() => GraphRun.InFolder(place =>
            OnnxExport.Write(latent, Path.Combine(place, "model"), new ExportOptions())));

        Assert.Equal("fixed codes, and a policy that starts from the base's choice, are controls that are not exported", refused.Message);
    }

    // A client makes as many caches as the configuration has layers: three of the base, two of the policy.
    [Theory]
    [InlineData("tiny_smolvlm")]
    [InlineData("tiny_qwen2_vl")]
    public void The_policys_caches_count_on_after_the_bases(string folder) => Exported(folder, s_unverified, (_, place) =>
    {
        JsonObject config = ExportTests.Json(place, "config.json");
        Assert.Equal(5, config["text_config"]!["num_hidden_layers"]!.GetValue<int>());
        Assert.Equal(3, config["latent_actions"]!["base_layers"]!.GetValue<int>());
        Assert.False(LatentCheckpoint.IsAt(place));
        using var decoder = OnnxSession.Load(Path.Combine(place, "onnx", "decoder_model_merged.onnx"));
        Assert.Equal(14, decoder.Inputs.Count);      // four, and keys and values of five layers
        Assert.Contains(decoder.Inputs, input => input.Name == "past_key_values.4.value");
        Assert.Equal(["code", "code_min_p", "code_temperature", "code_top_k", "code_top_p", "code_uniform"],
            decoder.Optional.Select(input => input.Name).Order(StringComparer.Ordinal));
        Assert.Equal("Float [batch_size, num_logits, 12]", decoder.Outputs.Single(item => item.Name == "code_logits").Type);
        Assert.Equal("Int64 [batch_size, num_logits]", decoder.Outputs.Single(item => item.Name == "codes").Type);
    });

    // The client's caches have one type, so codes are rounded with the rest; the proof allows for it.
    [Fact]
    public void Half_precision_is_near_and_bytes_are_told() => Exported("tiny_smolvlm", new ExportOptions { Half = true }, (latent, place) =>
    {
        JsonArray cases = ExportTests.Json(place, OnnxExport.ReportFile)["check"]!["cases"]!.AsArray();
        Assert.All(cases, item => Assert.InRange(item!["codes"]!["difference"]!.GetValue<double>(), 1e-5,
            item["codes"]!["allowed"]!.GetValue<double>()));

        ExportReport bytes = OnnxExport.Write(latent, Path.Combine(place, "int8"), new ExportOptions { Int8 = true });
        Assert.All(bytes.Check!.Cases, item => Assert.True(item.Codes is { Allowed: null, Difference: > 1e-5 }));
    });

    [Fact]
    public void Clients_of_the_other_layout_are_told_of_all_caches() => Exported("tiny_qwen2_5_vl",
        new ExportOptions { For = ExportClient.OnnxruntimeGenai }, (_, place) =>
    {
        Assert.True(ExportTests.Json(place, OnnxExport.ReportFile)["check"]!["passes"]!.GetValue<bool>());
        Assert.Equal(5, ExportTests.Json(place, "genai_config.json")["model"]!["decoder"]!["num_hidden_layers"]!.GetValue<int>());
    });

    [Fact]
    public void Codes_that_differ_fail_the_proof()
    {
        var alike = new ExportCase("a", 0, 1e-3, 12, 12);

        Assert.True((alike with { Codes = new ExportCodes(0.0009, 1e-3, 12) }).Passes);
        Assert.False((alike with { Codes = new ExportCodes(0.0011, 1e-3, 12) }).Passes);
        Assert.False((alike with { Codes = new ExportCodes(0.0009, 1e-3, 11) }).Passes);
        Assert.True((alike with { Codes = new ExportCodes(0.1, 0.2, 11) }).Passes);       // float16
    }

    internal static void Exported(string folder, ExportOptions options, Action<LatentCheckpoint, string> look)
    {
        LatentCheckpoint latent = TinyLatent.Latent(folder);
        Exported(latent, options, place => look(latent, place));
    }

    private static void Exported(LatentCheckpoint latent, ExportOptions options, Action<string> look) => GraphRun.InFolder(place =>
    {
        string folder = Path.Combine(place, "model");
        OnnxExport.Write(latent, folder, options);
        look(folder);
        latent.Base.Model.Dispose();
        return 0;
    });

    private static Sampling[] Ways =>
    [
        new() { MaxNewTokens = 9, Greedy = true },
        new() { MaxNewTokens = 9, Temperature = 1.2 },
        new() { MaxNewTokens = 7, Temperature = 1.5, TopK = 7, TopP = 0.9, MinP = 0.02, RepetitionPenalty = 1.1 },
    ];

    // The graphs' own processor, over the same questions.
    private static Prompt[] Mixed(OnnxCheckpoint graphs, LatentCheckpoint latent) =>
        TinyLatent.Mixed(latent.Base with { Processor = graphs.Processor });

    private static OnnxCheckpoint Graphs(string place) => OnnxCheckpoint.Load(place, new OnnxOptions { Threads = 1 });
}
