using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Vlm.Chat;
using Vlm.Generation;
using Vlm.Images;
using Vlm.LatentActions;
using Vlm.Loading;
using Vlm.Models;
using Vlm.Rewards;
using Vlm.Text;

namespace Vlm;

/// <summary>A vision-language model: load a folder, ask it about images, train it, save it.</summary>
/// <remarks>
/// <para>
/// One model serves many requests. Every member may be called from several threads at once: calls share the weights, which
/// they only read, and each has a key-value cache of its own, so memory grows with the answers in the making, and answers are
/// those that one call after the other would get. On a processor calls at once share its cores. Training is the exception: the
/// update moves the weights, and nobody may ask meanwhile.
/// </para>
/// <para>
/// A call that is cancelled ends before its next token, throws <see cref="OperationCanceledException"/>, leaves nothing behind,
/// and the model is as it was.
/// </para>
/// <para>
/// After <see cref="Dispose"/> every call throws <see cref="ObjectDisposedException"/>; calls in the making are finished first,
/// and the last of them frees the weights.
/// </para>
/// </remarks>
public sealed class VisionLanguageModel : IDisposable
{
    private readonly ILoadedModel _loaded;
    private readonly Lease _lease;

    private VisionLanguageModel(string folder, ILoadedModel loaded)
    {
        (Folder, _loaded) = (folder, loaded);
        _lease = new Lease(loaded.Dispose);
        Sampler = new LeasedSampler(loaded.Sampler, _lease);
        Generator = new LeasedSampler(loaded.Generator, _lease);
    }

    /// <summary>How answers are sampled unless said otherwise: the most likely token each time, at most 256 of them.</summary>
    public static Sampling DefaultSampling { get; } = new() { Greedy = true, MaxNewTokens = 256 };

    /// <summary>The folder that the model was loaded from.</summary>
    public string Folder { get; }

    /// <summary>Messages and images to prompts, text to tokens.</summary>
    public IPromptProcessor Processor => Open().Processor;

    /// <summary>The end tokens, and how the model's makers would have it sampled.</summary>
    public GenerationConfig Generation => Open().Generation;

    /// <summary>Most tokens of a prompt and its answer together.</summary>
    public int MaxPositions => Open().MaxPositions;

    /// <summary>
    /// What training and scoring sample from: image placeholders and ids that no token owns are never sampled. In a folder with
    /// latent actions it samples codes.
    /// </summary>
    public ISampler Sampler { get; }

    /// <summary>What answers people: as the reference implementation generates, which may sample every row of the output layer.</summary>
    public ISampler Generator { get; }

    /// <summary>The weights and files, or those of the base where codes act; null where exported graphs were loaded.</summary>
    /// <remarks>They are this model's, and freed with it.</remarks>
    public VlmCheckpoint? Checkpoint => Open() switch
    {
        TokenModel tokens => tokens.Checkpoint,
        CodeModel codes => codes.Checkpoint.Base,
        _ => null,
    };

    /// <summary>How many codes of latent actions it acts through; null where it samples tokens.</summary>
    public int? Codes => Open() switch
    {
        CodeModel codes => codes.Checkpoint.Modules.Config.Codes,
        GraphModel graphs => graphs.Graphs.Codes,
        _ => null,
    };

    /// <summary>The latent actions, where they act; else null. They are this model's, and freed with it.</summary>
    public LatentCheckpoint? LatentActions => (Open() as CodeModel)?.Checkpoint;

    /// <summary>Loads a Hugging Face folder, one with latent actions, or one of exported ONNX graphs.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Device, precision, adapter; null for the defaults.</param>
    /// <param name="logger">Told what the user should know, such as a chat template that could not be read.</param>
    /// <exception cref="UsageException">
    /// The folder or the adapter is incomplete, broken, or of a family that is not known; the options do not fit it; there is no
    /// such device; or no libtorch, and then it says which package to add.
    /// </exception>
    public static VisionLanguageModel Load(string folder, LoadOptions? options = null, ILogger? logger = null) =>
        new(folder, ModelFolder.Load(folder, options ?? new(), logger));

    /// <summary>Answers a question about images, by <see cref="DefaultSampling"/>.</summary>
    /// <param name="question">The question.</param>
    /// <param name="images">Paths, encoded files or decoded images; the question follows them.</param>
    /// <returns>The answer, without white space around it.</returns>
    /// <exception cref="UsageException">An image cannot be read, or the prompt leaves no room for an answer.</exception>
    public string Ask(string question, params IReadOnlyList<ImageSource> images) =>
        Ask([Message.User(question, images.Count)], images);

    /// <summary>Answers the last turn of a chat.</summary>
    /// <param name="messages">The turns, oldest first.</param>
    /// <param name="images">One image for each image place of the messages, in order.</param>
    /// <param name="sampling">Null for <see cref="DefaultSampling"/>; fewer tokens where the context ends before.</param>
    /// <param name="key">Names the random numbers, where tokens are sampled: the same key, the same answer.</param>
    /// <param name="cancel">Looked at before each token.</param>
    /// <returns>The answer, without white space around it.</returns>
    /// <exception cref="UsageException">
    /// As many images as image places are not there, one cannot be read, or the prompt leaves no room for an answer.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public string Ask(
        IReadOnlyList<Message> messages, IReadOnlyList<ImageSource> images, Sampling? sampling = null, SampleKey key = default,
        CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        Prompt prompt = Prompt(Example.Ask(messages, images));
        return Generator.Sample([prompt], 1, Fitting(prompt, sampling), key, cancel)[0].Text.Trim();
    }

    /// <summary>Answers a question about images piece by piece, by <see cref="DefaultSampling"/>.</summary>
    /// <inheritdoc cref="Ask(string, IReadOnlyList{ImageSource})" path="/param"/>
    /// <inheritdoc cref="StreamAsync(IReadOnlyList{Message}, IReadOnlyList{ImageSource}, Sampling?, SampleKey, CancellationToken)" path="/returns"/>
    public IAsyncEnumerable<string> StreamAsync(string question, params IReadOnlyList<ImageSource> images) =>
        StreamAsync([Message.User(question, images.Count)], images);

    /// <summary>
    /// Answers the last turn of a chat, and gives each piece of the answer as soon as it is written. It is computed on a thread
    /// of its own; leaving the loop early ends it.
    /// </summary>
    /// <inheritdoc cref="Ask(IReadOnlyList{Message}, IReadOnlyList{ImageSource}, Sampling?, SampleKey, CancellationToken)" path="/param"/>
    /// <returns>Pieces of text, none of them empty; put together they are what <c>Ask</c> answers.</returns>
    public IAsyncEnumerable<string> StreamAsync(
        IReadOnlyList<Message> messages, IReadOnlyList<ImageSource> images, Sampling? sampling = null, SampleKey key = default,
        CancellationToken cancel = default)
    {
        Prompt prompt = Prompt(Example.Ask(messages, images));
        return AnswerAsync(prompt, sampling, key, [], cancel).Select(piece => piece.Text).Where(text => text.Length > 0);
    }

    /// <summary>The prompt of an example: a chat with images as tokens.</summary>
    /// <param name="example">One image for each image place of its messages, in order.</param>
    /// <param name="decode">How files become pixels; null for <see cref="DecodeOptions.Default"/>.</param>
    /// <exception cref="UsageException">
    /// As many images as image places are not there, one cannot be read, or the prompt is longer than the context.
    /// </exception>
    /// <param name="boxFrame">
    /// The frame of coordinates that the model answers in; null for the one that the question asks for, or where it asks for none
    /// (<see cref="Example.AsksForModelFrame"/>) for the one that the model was taught.
    /// </param>
    public Prompt Prompt(Example example, DecodeOptions? decode = null, Frame? boxFrame = null) =>
        Processor.Prompt(example, decode, boxFrame);

    /// <summary>What training moves, and the sampler it trains from. It borrows the model.</summary>
    /// <exception cref="UsageException">Exported graphs were loaded: they carry no gradient.</exception>
    public IFeaturePolicy Policy() => Open().Policy is { } policy
        ? new LeasedPolicy(policy, _lease)
        : throw new UsageException("exported graphs carry no gradient, so they cannot be trained", Folder,
            "the checkpoint that was exported");

    /// <summary>The model as a chat client of Microsoft.Extensions.AI. Disposing the client leaves the model loaded.</summary>
    public IChatClient AsChatClient() => new VlmChatClient(this);

    /// <summary>
    /// Writes the model as a Hugging Face folder, latent actions with it, in the precision it is computed in; adapters are added
    /// to the weights that are written. The folder is complete or absent, whatever happens meanwhile.
    /// </summary>
    /// <param name="folder">Absent or empty.</param>
    /// <exception cref="UsageException">There are files in the folder, or exported graphs were loaded.</exception>
    public void Save(string folder)
    {
        using IDisposable call = _lease.Enter();
        if (Path.Exists(folder) && (File.Exists(folder) || Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new UsageException($"there is something at \"{folder}\" already", folder, $"another folder, as {folder}-2");
        CompleteFolder.Write(folder, _loaded.Write);
    }

    /// <summary>Frees the weights, once the calls in the making have ended.</summary>
    public void Dispose() => _lease.Close();

    /// <summary>The pieces of an answer; the last has the reason why it ended.</summary>
    internal async IAsyncEnumerable<AnswerPiece> AnswerAsync(
        Prompt prompt, Sampling? sampling, SampleKey key, IReadOnlyList<string> stops,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        (GenerationConfig generation, TokenStream decoded) = (Generation, Processor.Tokenizer.Stream(skipSpecial: true));
        var text = new AnswerText(stops);
        (int count, StopReason stop) = (0, StopReason.Length);
        await foreach (int token in Generator.StreamAsync(prompt, Fitting(prompt, sampling), key, cancel).ConfigureAwait(false))
        {
            stop = generation.EndTokens.Contains(token) ? StopReason.EndOfSequence : StopReason.Length;
            yield return new(text.Append(decoded.Append(token)), ++count, null);
            if (text.Stopped)
                break;
        }
        string rest = text.Stopped ? "" : text.Append(decoded.Finish()) + text.Finish();
        yield return new(rest, count, text.Stopped ? StopReason.EndOfSequence : stop);
    }

    // The model answers as far as its context reaches; where that is not one token, the sampler says so.
    private Sampling Fitting(Prompt prompt, Sampling? sampling)
    {
        sampling ??= DefaultSampling;
        return sampling with { MaxNewTokens = Math.Max(1, Math.Min(sampling.MaxNewTokens, MaxPositions - prompt.Tokens.Length)) };
    }

    private ILoadedModel Open()
    {
        _lease.Check();
        return _loaded;
    }
}
