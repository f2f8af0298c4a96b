using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using TorchSharp;
using Vlm.Adapters;
using Vlm.Generation;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Onnx.Runtime;

namespace Vlm.Grpo;

/// <summary>Which model answers, and how: for recipes that ask a folder and train nothing.</summary>
public sealed record AnswerOptions : IOptionRules
{
    /// <summary>The folder.</summary>
    /// <value>There is no default.</value>
    [Description("folder of the model, with latent actions or without, or of exported ONNX graphs"), Required]
    public string Model { get; init; } = "";

    /// <summary>Answers with the model's own tokens, even where the folder has latent actions.</summary>
    /// <value>The default is false.</value>
    [Description("answer with the model's own tokens where the folder has codes, which are taken otherwise")]
    public bool Tokens { get; init; }

    /// <summary>What codes are chosen by where nothing is drawn.</summary>
    /// <value>The default is code.</value>
    [Description("greedy decoding by most probable code, or by token probability marginalised over codes (effect)")]
    public GreedyCode Greedy { get; init; }

    /// <summary>A folder as PEFT writes it.</summary>
    /// <value>The default is null.</value>
    [Description("folder of a PEFT adapter to answer with")]
    public string? Adapter { get; init; }

    /// <summary>Type of weights and arithmetic; what latent actions add stays in float32.</summary>
    /// <value>The default is float32.</value>
    [Description("dtype of weights and arithmetic, whatever the files hold")]
    public Precision Dtype { get; init; }

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        const string asWritten = "must not be set with exported graphs, which run as they were written";
        bool graphs = OnnxCheckpoint.IsAt(Model), codes = LatentCheckpoint.IsAt(Model);
        return
        [
            new(nameof(Adapter), Adapter is null || !graphs, asWritten),
            new(nameof(Dtype), Dtype == default || !graphs, asWritten),
            new(nameof(Greedy), Greedy != GreedyCode.MostProbableToken || (codes && !graphs && !Tokens),
                "must be most-probable-code without latent actions, which Model has in a file latent_actions.json and Tokens leaves out",
                GreedyCode.MostProbableCode),
            new(nameof(Adapter), Adapter is null || Tokens || !codes,
                "must not be set with latent actions, unless Tokens: it changes the base, and the codes are those of the base "
                + "as it was"),
        ];
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
    public int Context => Graphs?.Context ?? Base!.Model.Context;

    /// <summary>Loads what the options name.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="device">Where it computes; exported graphs on the processor all the same.</param>
    /// <param name="logger">Told what the user should know, codes among it; null for silence.</param>
    /// <exception cref="UsageException">The folder or the adapter is incomplete, broken, or does not fit.</exception>
    public static AnsweringModel Load(AnswerOptions options, torch.Device device, ILogger? logger)
    {
        OptionsCheck.Validate(options);
        if (OnnxCheckpoint.IsAt(options.Model))
            return OfGraphs(options, logger);
        if (!options.Tokens && LatentCheckpoint.IsAt(options.Model))
            return OfCodes(options, device, logger);

        VlmCheckpoint vlm = VlmCheckpoint.Load(options.Model, device, options.Dtype.ScalarType(), logger: logger);
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

    private static AnsweringModel OfGraphs(AnswerOptions options, ILogger? logger)
    {
        var graphs = OnnxCheckpoint.Load(options.Model);
        if (graphs.Codes is { } codes)
        {
            if (options.Tokens)
                throw OptionException.Breaks(nameof(options.Tokens), true, "must be false with graphs that act through codes alone", false);
            logger.Line($"answers through {codes} codes");
        }
        if (graphs.Processor.Template.Warning is { } warning)
            logger.Line(warning);
        return new AnsweringModel(null, null, graphs);
    }

    private static AnsweringModel OfCodes(AnswerOptions options, torch.Device device, ILogger? logger)
    {
        LatentProgress.CheckActs(options.Model, "Tokens = true, which answers with the base's own");
        LatentCheckpoint latent = LatentCheckpoint.Load(options.Model, device, options.Dtype.ScalarType(), logger: logger);
        logger.Line($"answers through {latent.Modules.Config.Codes} codes; Tokens = true takes the base's own tokens");
        return new AnsweringModel(latent.Base, latent) { Codes = new() { Greedy = options.Greedy } };
    }
}
