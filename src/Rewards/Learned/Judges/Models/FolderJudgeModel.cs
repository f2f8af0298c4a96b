using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Vlm.Images;
using Vlm.Text;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>How a model of this project is asked as a judge.</summary>
public sealed record FolderJudgeOptions
{
    /// <summary>Requests that are sampled together.</summary>
    /// <value>The default is 8.</value>
    [Range(1, 4096)]
    public int BatchSize { get; init; } = 8;

    /// <summary>Most tokens of an answer, thinking included; fewer where the context ends before.</summary>
    /// <value>The default is 1024 tokens.</value>
    [Range(1, int.MaxValue)]
    public int MaxNewTokens { get; init; } = 1024;

    /// <summary>How images become pixels, such as the size that they are seen in.</summary>
    /// <value>The default is null, for the model's own.</value>
    public DecodeOptions? Decode { get; init; }
}

/// <summary>
/// A judge that this project computes: a folder that it loads, or a model that is there already, such as the policy.
/// </summary>
/// <remarks>
/// Answers are greedy, so the same request gets the same answer. A request that the model cannot take, such as one that
/// is longer than its context, fails alone.
/// </remarks>
public sealed class FolderJudgeModel : IJudgeModel
{
    private readonly VisionLanguageModel _model;
    private readonly FolderJudgeOptions _options;
    private readonly bool _owns;
    private readonly string[] _special;

    private FolderJudgeModel(VisionLanguageModel model, FolderJudgeOptions? options, bool owns, string? identity)
    {
        (_model, _options, _owns) = (model, OptionsCheck.Validate(options ?? new()), owns);
        Tokenizer tokenizer = model.Processor.Tokenizer;
        _special = [.. tokenizer.SpecialIds.Select(id => tokenizer.TokenOf(id)!).Where(token => token.Length > 1)
            .OrderByDescending(token => token.Length)];
        Identity = identity is null ? null
            : $"{identity} tokens {_options.MaxNewTokens}{(_options.Decode is { } decode ? $" {decode}" : "")}";
    }

    /// <inheritdoc/>
    public string? Identity { get; }

    /// <summary>Loads a folder, frozen.</summary>
    /// <param name="folder">A Hugging Face folder, one with latent actions, or one of exported ONNX graphs.</param>
    /// <param name="load">Device, precision, adapter; null for the defaults.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="logger">Told what the user should know.</param>
    /// <exception cref="UsageException">It cannot be loaded.</exception>
    public static FolderJudgeModel Load(
        string folder, LoadOptions? load = null, FolderJudgeOptions? options = null, ILogger? logger = null)
    {
        load ??= new();
        var model = VisionLanguageModel.Load(folder, load, logger);
        string adapter = load.Adapter is { } path ? $" adapter {FolderDigest.Of(path)}" : "";
        return new(model, options, owns: true,
            $"folder {FolderDigest.Of(folder)}{adapter} {load.Precision} {load.Tokens}");
    }

    /// <summary>
    /// Asks a model that others train and free: the policy as its own judge. Its answers
    /// change with it, and are never kept.
    /// </summary>
    /// <param name="model">Nobody may train it while it is asked.</param>
    /// <param name="options">Null for the defaults.</param>
    public static FolderJudgeModel Borrow(VisionLanguageModel model, FolderJudgeOptions? options = null) =>
        new(model, options, owns: false, identity: null);

    /// <inheritdoc/>
    public async IAsyncEnumerable<JudgeReply> AskAsync(
        IReadOnlyList<JudgeRequest> requests, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        using var left = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var channel = Channel.CreateUnbounded<JudgeReply>();
        // A thread of its own: OpenMP keeps workers for each thread that asks it for some.
        Task asked = Task.Factory.StartNew(() => Ask(requests, channel.Writer, left.Token),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _ = asked.ContinueWith(done => channel.Writer.TryComplete(done.Exception?.InnerException),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await foreach (JudgeReply reply in channel.Reader.ReadAllAsync(CancellationToken.None)
                .ConfigureAwait(false))
                yield return reply;
        }
        finally
        {
            await left.CancelAsync().ConfigureAwait(false);
            await asked.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Frees the model, if it was loaded for this.</summary>
    public void Dispose()
    {
        if (_owns)
            _model.Dispose();
    }

    private void Ask(IReadOnlyList<JudgeRequest> requests, ChannelWriter<JudgeReply> replies, CancellationToken cancel)
    {
        (int answered, string first) = (0, "");
        foreach (int[] numbers in Enumerable.Range(0, requests.Count).Chunk(_options.BatchSize))
        {
            var prompts = new List<(int Number, Prompt Prompt)>();
            foreach (int number in numbers)
            {
                cancel.ThrowIfCancellationRequested();
                if (PromptOf(requests[number], out string problem) is { } prompt)
                    prompts.Add((number, prompt));
                else
                    replies.TryWrite(JudgeReply.Failed(number, first = problem));
            }

            foreach ((int Number, Prompt Prompt)[] batch in Batches(prompts))
                foreach (JudgeReply reply in Sample(batch, cancel))
                {
                    answered++;
                    replies.TryWrite(reply);
                }
        }

        if (answered == 0 && requests.Count > 1)
            throw new UsageException($"the judge takes none of {requests.Count} requests: {first}", _model.Folder,
                "a judge with a longer context, a shorter rubric, or smaller images");
    }

    private Prompt? PromptOf(JudgeRequest request, out string problem)
    {
        try
        {
            var example = new Example(
                request.Id, "judge", request.Images, Spelled(request.Messages), Truth.Unknown, "");
            Prompt prompt = _model.Prompt(example, _options.Decode);
            problem = prompt.Tokens.Length < _model.MaxPositions ? ""
                : $"the prompt's {prompt.Tokens.Length} tokens leave no room in a context of {_model.MaxPositions}";
            return problem.Length == 0 ? prompt : null;
        }
        catch (UsageException refused)
        {
            problem = refused.Message;
            return null;
        }
    }

    // A special token that is written out in a text would be one: it would end the turn, or stand for an image.
    private Message[] Spelled(IReadOnlyList<Message> messages) => [.. messages.Select(message =>
        message with { Content = [.. message.Content.Select(
            part => part.Text is { } text ? new Content(Spelled(text)) : part)] })];

    private string Spelled(string text) => _special.Aggregate(text, (left, token) =>
        left.Replace(token, $"{token[0]} {token[1..]}", StringComparison.Ordinal));

    // Those with room for the longest answer together, the others one by one: what an answer is
    // never depends on its neighbours.
    private IEnumerable<(int, Prompt)[]> Batches(List<(int Number, Prompt Prompt)> prompts)
    {
        ILookup<bool, (int, Prompt)> roomy = prompts.ToLookup(item => Room(item.Prompt) == _options.MaxNewTokens);
        return
        [
            .. roomy[true].Any() ? [[.. roomy[true]]] : Array.Empty<(int, Prompt)[]>(),
            .. roomy[false].Select(one => new[] { one }),
        ];
    }

    private int Room(Prompt prompt) => Math.Min(_options.MaxNewTokens, _model.MaxPositions - prompt.Tokens.Length);

    private IEnumerable<JudgeReply> Sample((int Number, Prompt Prompt)[] batch, CancellationToken cancel)
    {
        var greedy = new Sampling { Greedy = true, MaxNewTokens = Room(batch[0].Prompt) };
        Rollout[] rollouts = _model.Sampler.Sample([.. batch.Select(item => item.Prompt)], 1, greedy, default, cancel);
        return rollouts.Zip(batch, (rollout, item) =>
            JudgeReply.Answered(item.Number, rollout.Text) with { IsTruncated = rollout.Stop == StopReason.Length });
    }
}
