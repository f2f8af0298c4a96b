#!/usr/bin/env dotnet
// Ask a model about images, and read the answer as it is written.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm chat --model recipes/warm-start --image drawing.png "What color is the circle?"
//   ./vlm chat --model models/smolvlm --image before.png --image after.png --interactive
//
// Answers are greedy unless --temperature is above 0; --as-published takes the settings of the folder's generation_config.json.
// The answer goes to standard output and nothing else does; --ids prints its token ids. A folder with latent actions answers
// through its codes, which --temperature, --top-k and --top-p then sample, each with its most likely token.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Recipes.Cli;
using Vlm;
using Vlm.Checkpoints;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Images;
using Vlm.Text;

return ToolCommand.Run<ChatOptions>(args, "chat", "ask a model about images", tool =>
{
    ChatOptions options = tool.Options;
    string question = string.Join(' ', tool.Words);
    if (question.Length == 0 && !options.Interactive)
        throw new UsageException("there is no question", "./vlm chat", "./vlm chat --model DIR --image a.png \"What is this?\"");

    using VisionLanguageModel model = options.Answerer.Load(tool.Device, tool.Logger);
    ISampler sampler = model.Generator;
    var turns = new List<Message>();
    var images = new List<ImageSource>();
    List<ImageSource> waiting = [.. options.Image.Select(path => Read(path, options.Background))];
    if (question.Length > 0)
        Answer(question);
    while (options.Interactive && !tool.Token.IsCancellationRequested && Ask() is { } line)
        Turn(line);
    return RecipeCommand.Done;

    string? Ask()
    {
        tool.Error.Write("> ");
        return tool.In.ReadLine()?.Trim() is { } line and not "/quit" ? line : null;
    }

    // A mistake in one turn does not end the conversation.
    void Turn(string line)
    {
        try
        {
            if (line.StartsWith("/image ", StringComparison.Ordinal))
                waiting.Add(Read(line["/image ".Length..].Trim(), options.Background));
            else if (line == "/new")
                (turns, images) = ([], []);
            else if (line.Length > 0)
                Answer(line);
        }
        catch (UsageException mistake)
        {
            tool.Error.WriteLine(mistake.Render());
        }
    }

    void Answer(string text)
    {
        Message[] asked = [.. turns, Message.User(text, waiting.Count)];
        ImageSource[] seen = [.. images, .. waiting];
        Prompt prompt = model.Processor.Prompt($"turn {(asked.Length + 1) / 2}", asked, seen);
        string answer = Write(prompt);
        (turns, images) = ([.. asked, Message.Assistant(answer.Trim())], [.. seen]);
        waiting.Clear();
    }

    string Write(Prompt prompt)
    {
        int room = Math.Max(1, Math.Min(options.MaxNewTokens, model.MaxPositions - prompt.Tokens.Length));
        (TokenStream stream, StringBuilder answer, int count) = (model.Processor.Tokenizer.Stream(skipSpecial: true), new(), 0);
        var clock = Stopwatch.StartNew();
        double first = 0;
        IAsyncEnumerable<int> tokens = sampler.StreamAsync(
            prompt, options.Sampling(model.Generation, room), new SampleKey(options.Seed, turns.Count));
        foreach (int id in tokens.ToBlockingEnumerable())
        {
            Say(options.Ids ? $"{(count == 0 ? "" : " ")}{id}" : stream.Append(id));
            first = count++ == 0 ? clock.Elapsed.TotalSeconds : first;
            if (tool.Token.IsCancellationRequested)
                break;
        }
        Say(options.Ids ? "" : stream.Finish());
        tool.Out.WriteLine();
        if (options.Stats)
            tool.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{prompt.Tokens.Length} tokens read and the first written in {first:F2} s, {count} tokens, "
                + $"{(count - 1) / Math.Max(1e-9, clock.Elapsed.TotalSeconds - first):F1} tokens/s after it, "
                + $"peak memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} MB"));
        return answer.ToString();

        void Say(string piece)
        {
            answer.Append(piece);
            tool.Out.Write(piece);
            tool.Out.Flush();
        }
    }
}, words: "question");

static RgbImage Read(string path, Background background) => File.Exists(path)
    ? ImageCodec.Decode(HubFile.ReadBytes(path), path, new DecodeOptions { Background = background })
    : throw new UsageException($"there is no image \"{path}\"", $"--image {path}", "--image <a .png, .jpg or other image file>");

/// <summary>Whom to ask, and how it answers.</summary>
sealed record ChatOptions
{
    public AnswerOptions Answerer { get; init; } = new();

    [Description("an image of the first question, may be given several times"), Option(Example = "a.png")]
    public string[] Image { get; init; } = [];

    [Description("what transparent images are seen on; none drops their alpha, as transformers 5 does")]
    public Background Background { get; init; }

    [Description("go on asking; /image FILE shows another image, /new begins anew, /quit or the end of input ends")]
    public bool Interactive { get; init; }

    [Description("most tokens in a completion"), Range(1, int.MaxValue)]
    public int MaxNewTokens { get; init; } = 256;

    [Description("sampling temperature; 0 decodes greedily"), Range(0d, double.MaxValue)]
    public double Temperature { get; init; }

    [Description("top-k: sample among the k most likely; 0 disables it"), Range(0, int.MaxValue)]
    public int TopK { get; init; }

    [Description("top-p (nucleus): sample among the fewest whose probability reaches this; 1 disables it"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double TopP { get; init; } = 1;

    [Description("repetition penalty on tokens of prompt and completion; 1 disables it")]
    [Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double RepetitionPenalty { get; init; } = 1;

    [Description("sample as the folder's generation_config.json says, whatever stands here")]
    public bool AsPublished { get; init; }

    [Description("seed of every random number")]
    public long Seed { get; init; } = 1;

    [Description("print token ids in place of text")]
    public bool Ids { get; init; }

    [Description("say how fast it was, on standard error")]
    public bool Stats { get; init; }

    internal Sampling Sampling(GenerationConfig published, int room) => AsPublished ? published.Sampling(room) : new()
    {
        MaxNewTokens = room,
        Greedy = Temperature == 0,
        Temperature = Temperature == 0 ? 1 : Temperature,
        TopK = TopK,
        TopP = TopP,
        RepetitionPenalty = RepetitionPenalty,
    };
}
