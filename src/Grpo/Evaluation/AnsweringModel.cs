using TorchSharp;
using Vlm.Lora;
using Vlm.Generation;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Onnx.Runtime;

namespace Vlm.Grpo;

/// <summary>Which model answers, and how: for recipes that ask a folder and train nothing.</summary>
public sealed record AnswerOptions : IRecipeOptions
{
    /// <summary>The folder.</summary>
    [Option("folder of the model, with latent actions or without, or of exported ONNX graphs",
        Required = true, Example = "recipes/warm-start")]
    public string Model { get; init; } = "";

    /// <summary>Answers with the model's own tokens, even where the folder has latent actions.</summary>
    [Option("answer with the model's own tokens where the folder has codes, which are taken otherwise")]
    public bool Tokens { get; init; }

    /// <summary>What codes are chosen by where nothing is drawn.</summary>
    [Option("what counts where nothing is drawn: the likeliest code, or the likeliest token over all codes that lead to it, "
        + "which asks the world model about the likeliest codes")]
    public GreedyCode Greedy { get; init; }

    /// <summary>A folder as PEFT writes it.</summary>
    [Option("folder of a PEFT adapter to answer with", Example = "runs/mine/adapter")]
    public string? Adapter { get; init; }

    /// <summary>Type of weights and arithmetic; what latent actions add stays in float32.</summary>
    [Option("precision of weights and arithmetic, whatever the files hold")]
    public Precision Dtype { get; init; }

    /// <inheritdoc/>
    public void Validate()
    {
        if (OnnxCheckpoint.IsAt(Model) && (Adapter is not null || Dtype != default))
            throw new UsageException(
                "exported graphs run as they were written, with their adapter and in their precision", $"--model {Model}",
                "without --adapter and --dtype, or the checkpoint that was exported");
        if (Greedy == GreedyCode.MostProbableToken && (Tokens || OnnxCheckpoint.IsAt(Model) || !LatentCheckpoint.IsAt(Model)))
            throw new UsageException(
                "only a checkpoint with latent actions can be asked where its codes lead", "--greedy effect",
                "without --greedy, or --model with a folder that has latent_actions.json");
        if (Adapter is not null && !Tokens && LatentCheckpoint.IsAt(Model))
            throw new UsageException(
                "an adapter changes the base, and the codes are those of the base as it was", $"--adapter {Adapter}",
                $"--adapter {Adapter} --tokens");
    }
}

/// <summary>A model that answers: through its codes where it has learned them, else through its tokens.</summary>
/// <param name="Base">The model, or the base of the codes; null where graphs answer.</param>
/// <param name="Latent">The codes; null where tokens are chosen.</param>
/// <param name="Graphs">Exported graphs on ONNX Runtime; null where the engine answers.</param>
public sealed record AnsweringModel(VlmCheckpoint? Base, LatentCheckpoint? Latent, OnnxCheckpoint? Graphs = null)
{
    /// <summary>How codes are chosen.</summary>
    public LatentPolicyOptions Codes { get; init; } = new();

    /// <summary>Messages and pictures to prompts.</summary>
    public IPromptProcessor Processor => Graphs?.Processor ?? Base!.Processor;

    /// <summary>The end tokens, and how the model's makers would have it sampled.</summary>
    public GenerationConfig Generation => Graphs?.Generation ?? Base!.Generation;

    /// <summary>Most tokens of a prompt and its answer together.</summary>
    public int Context => Graphs?.MaxPositions ?? Base!.Model.MaxPositions;

    /// <summary>Loads what the options name.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="device">Where it computes; exported graphs on the processor all the same.</param>
    /// <param name="say">Told what the user should know, codes among it.</param>
    /// <exception cref="UsageException">The folder or the adapter is incomplete, broken, or does not fit.</exception>
    public static AnsweringModel Load(AnswerOptions options, torch.Device device, Action<string> say)
    {
        options.Validate();
        if (OnnxCheckpoint.IsAt(options.Model))
            return OfGraphs(options, say);
        if (!options.Tokens && LatentCheckpoint.IsAt(options.Model))
            return OfCodes(options, device, say);

        VlmCheckpoint vlm = VlmCheckpoint.Load(options.Model, device, options.Dtype.ScalarType(), say: say);
        if (options.Adapter is { } adapter)
        {
            LoraAdapter.Load(vlm.Model, adapter, vlm.Canonical, options.Model);
            LoraAdapter.Merge(vlm.Model);
        }
        return new AnsweringModel(vlm, null);
    }

    /// <summary>What is scored, and what training moves.</summary>
    public ISampler Policy() =>
        Graphs is not null ? Graphs.Policy() : Latent is null ? Base!.Policy() : Latent.Policy(Codes);

    /// <summary>
    /// What answers people: tokens as the reference generates, which may draw every row of the output layer, and codes as
    /// they were learned, which may not.
    /// </summary>
    public ISampler Sampler() =>
        Graphs is not null ? Graphs.Unrestricted() : Latent is null ? Base!.Unrestricted() : Latent.Policy(Codes);

    private static AnsweringModel OfGraphs(AnswerOptions options, Action<string> say)
    {
        var graphs = OnnxCheckpoint.Load(options.Model);
        if (graphs.Codes is { } codes)
        {
            if (options.Tokens)
                throw new UsageException("the graphs act through codes alone", "--tokens",
                    "without --tokens, or an export of the base that the codes were learned on");
            say($"answers through {codes} codes");
        }
        if (graphs.Processor.Template.Warning is { } warning)
            say(warning);
        return new AnsweringModel(null, null, graphs);
    }

    private static AnsweringModel OfCodes(AnswerOptions options, torch.Device device, Action<string> say)
    {
        LatentProgress.CheckActs(options.Model, "--tokens, which answers with the base's own");
        LatentCheckpoint latent = LatentCheckpoint.Load(options.Model, device, options.Dtype.ScalarType(), say: say);
        say($"answers through {latent.Modules.Config.Codes} codes; --tokens takes the base's own tokens");
        return new AnsweringModel(latent.Base, latent) { Codes = new() { Greedy = options.Greedy } };
    }
}
