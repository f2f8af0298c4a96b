using System.Text.Json.Nodes;
using TorchSharp;
using Vlm;
using Vlm.Checkpoints;
using Vlm.Models;
using Vlm.Parity;
using Vlm.Testing;
using Vlm.Text;

namespace Recipes.Tests;

/// <summary>Folders and adapters of kinds that people reported in public, as the trials beside the repository have them.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class FolderTrialTests(RecipeRuns runs)
{
    private const string Qwen25 = "322 322 364 56 100 284 187 187", Adapted = "198 198 198 198 198 80 417 445";

    // What each folder answers to "what is it" with an image: the plain folder's ids where nothing of the model differs; with
    // stretched positions those that transformers 5.12.1 gives first (argmax of the logits that are compared below).
    [SharedTheory]
    [InlineData("a-1/a22-tokens-only-in-tokenizer_config", "194 266 330 332 79 346 498 446")]
    [InlineData("a-4/a03-idefics-llama3-rope", "45 421 381 308 225 417 421 381")]
    [InlineData("a-7/a02-rope-yarn", "322 322 379 269 63 297 32 269")]
    [InlineData("a-8/a04-postprocessor-sequence", "303 464 315 225 405 308 225 417")]
    [InlineData("a-10/a13-topk-minus1", Qwen25)]
    [InlineData("a-15/a08-orig-mod", Qwen25)]
    [InlineData("a-15/a08c-peft-base", Qwen25)]
    [InlineData("a-21/a16b-vocab-merges-only", Qwen25)]
    public void The_folder_answers(string folder, string ids)
    {
        Outcome chat = Chat(Trial(folder)), inspected = Inspect(Trial(folder));

        Assert.Equal((ids, ""), (chat.Output.Trim(), chat.Errors));
        Assert.True(inspected.ExitCode == 0, inspected.Errors);
    }

    [SharedTheory]
    [InlineData("a-6/a21g-smol-gelu", "\"text_config.hidden_act\" is \"gelu\" and must be \"silu\"", "a checkpoint trained with silu")]
    [InlineData("a-6/a21h-smol-vision-gelu", "\"vision_config.hidden_act\" is \"gelu\"", "a checkpoint trained with gelu_pytorch_tanh")]
    [InlineData("a-16/a19-fp8", "these weights are quantized (quant_method fp8, in config.json)", "the full-precision folder")]
    [InlineData("a-16/a19b-awq", "these weights are quantized (quant_method awq, in config.json)", "the full-precision folder")]
    [InlineData("a-16/a19c-bnb4", "these weights are quantized (quant_method bitsandbytes, in config.json)", "the full-precision folder")]
    [InlineData("a-17/a06-untied-no-head", "the weights have no lm_head.weight", "\"tie_word_embeddings\": true")]
    [InlineData("a-19/a17d-token-beyond-embedding",
        "the tokenizer has 515 ids, the last of them <OVER>, and the embedding 514 rows", "the tokenizer that the weights came with")]
    public void The_folder_is_refused_by_all_alike(string folder, string says, string fix)
    {
        Outcome chat = Chat(Trial(folder)), inspected = Inspect(Trial(folder));

        Assert.Equal((2, 2), (chat.ExitCode, inspected.ExitCode));
        Assert.Equal(chat.Errors, inspected.Errors);
        string[] lines = chat.Errors.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith($"error: {says}", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"   at: {Trial(folder)}", lines[1], StringComparison.Ordinal);
        Assert.StartsWith($"  try: {fix}", lines[2], StringComparison.Ordinal);
    }

    // The embedding of a-12 is the base's own, and that of a-13 with two rows more: the answers are those of the matrices alone.
    [SharedTheory]
    [InlineData("a-12/p07-embeddings-saved-auto", Adapted)]
    [InlineData("a-13/p07b-embeddings-saved-auto-new-names-resized", Adapted)]
    [InlineData("a-13/p06-modules-to-save", "126 37 298 4 387 75 289 244")]
    [InlineData("a-14/p17-unsloth-names", Adapted)]
    [InlineData("a-14/p18-no-prefix", Adapted)]
    public void The_adapter_answers(string adapter, string ids)
    {
        Outcome chat = Chat(Fixtures.PathOf("tiny_qwen2_5_vl"), "--adapter", Trial(adapter));

        Assert.Equal((ids, ""), (chat.Output.Trim(), chat.Errors));
    }

    // The last and the 21st row's first logits for the fixtures' case, from transformers 5.12.1 on the same folder; adapters
    // were added to its weights by hand (W + 8/4 B A), whole layers put in place.
    [SharedTheory]
    [InlineData("a-7/a02-rope-yarn", null, new[] { -1.42425f, 1.43192f, -0.83623f }, new[] { -0.05957f, -0.50897f, 2.34492f })]
    [InlineData("a-4/a03-idefics-llama3-rope", null, new[] { -4.70524f, 0.26828f, -4.92295f }, new[] { -5.36548f, -2.94136f, -7.52442f })]
    [InlineData(null, "a-12/p07-embeddings-saved-auto", new[] { -0.46367f, -0.47518f, 0.66943f }, new[] { -0.17191f, -1.24533f, 0.97555f })]
    [InlineData(null, "a-13/p07b-embeddings-saved-auto-new-names-resized",
        new[] { -0.46367f, -0.47518f, 0.66943f }, new[] { -0.17191f, -1.24533f, 0.97555f })]
    [InlineData(null, "a-13/p06-modules-to-save", new[] { -0.0736f, -0.13005f, 0.17486f }, new[] { 0.36485f, -0.12318f, 0.29392f })]
    public void Logits_are_the_references(string? folder, string? adapter, float[] last, float[] inner)
    {
        using var scope = torch.NewDisposeScope();
        using IDisposable off = torch.no_grad();
        string fixture = folder?.StartsWith("a-4", StringComparison.Ordinal) == true ? "tiny_idefics3_sharded" : "tiny_qwen2_5_vl";
        using var model = VisionLanguageModel.Load(folder is null ? Fixtures.PathOf(fixture) : Trial(folder), new LoadOptions
        {
            Device = "cpu",
            Adapter = adapter is null ? null : Trial(adapter),
        });
        using var recording = ParityCase.Open(Fixtures.PathOf(fixture, "case_a_single.safetensors"));
        IVisionLanguageModel net = model.Checkpoint!.Model;

        (torch.Tensor hidden, _) = net.Prefill(recording.Prompts(net.ImageToken), new Vlm.Layers.KvCache(net.Layers));
        float[] rows(long row) => net.Logits(hidden[0, row]).data<float>().ToArray()[..3];

        Assert.All(last.Zip(rows(hidden.shape[1] - 1)), pair => Assert.Equal(pair.First, pair.Second, 2e-4f));
        Assert.All(inner.Zip(rows(20)), pair => Assert.Equal(pair.First, pair.Second, 2e-4f));
    }

    // The NaN is in this one weight; no answer, no score, no graph comes of it.
    [SharedFact]
    public void A_NaN_is_named_by_all()
    {
        const string Weight = "NaN in model.layers.0.mlp.up_proj.weight";
        string folder = Trial("d-2/a20d-nan-weight");

        Outcome chat = Chat(folder), inspected = Inspect(folder);
        Outcome export = runs.Run("export", "--model", folder, "--out", runs.PathOf("nan-export"));
        Outcome train = runs.Run("grpo", "--model", folder, "--data", "shapes", "--eval-limit", "8", "--max-new-tokens", "20", "--steps", "3",
            "--out", runs.PathOf("nan-run"));

        foreach (Outcome outcome in (Outcome[])[chat, inspected, export, train])
        {
            Assert.Equal(2, outcome.ExitCode);
            Assert.Contains($"the weights hold {Weight}", outcome.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("defect", outcome.Errors, StringComparison.Ordinal);
        }
        Assert.Equal("", chat.Output.Trim());
        Assert.False(Directory.Exists(runs.PathOf("nan-export")));
    }

    // 1e-6 is far below a bfloat16's last bit: without masters 0.4 % of the weights moved, by 6.5e-9 each.
    [SharedFact]
    public void Bfloat16_weights_take_small_steps()
    {
        string run = runs.PathOf("small-steps");
        Outcome outcome = runs.Run("grpo", "--smoke", "--eval-limit", "8", "--prompts-per-step", "2", "--group-size", "4", "--steps", "3",
            "--learning-rate", "0.000001", "--dtype", "bfloat16", "--out", run);

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        (double share, double mean) = Moved(Repository.PathOf("recipes", "warm-start"), Path.Combine(run, "model"));
        Assert.InRange(share, 0.9, 1);
        Assert.InRange(mean, 5e-7, 3e-6);
    }

    // generation_config.json says 450; config.json nothing, and the first end token is in every chat.
    [SharedFact]
    public void Padding_for_genai_is_the_generation_configs()
    {
        string folder = runs.PathOf("genai");
        Outcome export = runs.Run("export", "--model", Fixtures.PathOf("tiny_qwen2_5_vl"), "--for", "onnxruntime-genai",
            "--skip-check", "--out", folder);

        Assert.True(export.ExitCode == 0, export.Errors);
        JsonNode genai = HubFolder.ReadJson(Path.Combine(folder, "genai_config.json"))["model"]!;
        Assert.Equal(450, (int)genai["pad_token_id"]!);
        JsonNode before = HubFolder.ReadJson(Path.Combine(SharedFiles.PathOf("trials", "e-1"), "genai_config.json"))["model"]!;
        Assert.Equal(452, (int)before["pad_token_id"]!);
    }

    // Damaged tokenizer files: ids of two thousand million, an expression without end, a merge that is null.
    [SharedTheory]
    [InlineData("13/tok-id-maxint", "2147483647, not a whole number from 0 to 16777215")]
    [InlineData("14/tok-id-2e9", "2000000000, not a whole number from 0 to 16777215")]
    [InlineData("15/tok-regex-catastrophe", "takes more than a second on a text of 61 characters")]
    [InlineData("32/tok-merge-null", "cannot be read")]
    [InlineData("32/tokenizer-222", "cannot be read")]
    public void A_hostile_tokenizer_is_refused(string folder, string says)
    {
        var error = Assert.Throws<UsageException>(() =>
            Tokenizer.FromFolder(Trial($"robustness/{folder}")).Encode(new string('a', 60) + "!"));

        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [SharedTheory]
    [InlineData("config-8", "\"text_config.vocab_size\" is -512")]
    [InlineData("config-130", "\"vision_config.num_hidden_layers\" is -2")]
    [InlineData("config-425", "\"tie_word_embeddings\" is [[")]
    [InlineData("config-1375", "\"")]
    [InlineData("config-22", "\"")]
    public void A_hostile_configuration_is_refused(string folder, string says)
    {
        string path = SharedFiles.PathOf("trials", "robustness", "16", folder);

        var error = Assert.Throws<UsageException>(() =>
            ModelConfig.Of(HubFolder.ReadJson(Path.Combine(path, "config.json")), path).MetaModel());

        Assert.StartsWith(says, error.Message, StringComparison.Ordinal);
    }

    private static (double Share, double Mean) Moved(string before, string after)
    {
        using var scope = torch.NewDisposeScope();
        using HubFolder from = HubFolder.Open(before), to = HubFolder.Open(after);
        torch.Tensor moved = torch.cat([.. from.Names.Select(name => (to.Load(name, torch.CPU, torch.float32)
            - from.Load(name, torch.CPU, torch.float32)).abs().flatten())]);
        return (moved.gt(0).to(torch.float32).mean().item<float>(), moved.mean().item<float>());
    }

    private static string Trial(string path) => SharedFiles.PathOf(["trials", .. path.Split('/')]);

    private Outcome Inspect(string folder) => runs.Run("inspect", "--model", folder);

    private Outcome Chat(string folder, params string[] more) => runs.Run("chat", ["--model", folder, "--image",
        Fixtures.PathOf("tiny_qwen2_vl", "img0_50x34.png"), "--ids", "--max-new-tokens", "8", .. more, "what is it"]);
}
