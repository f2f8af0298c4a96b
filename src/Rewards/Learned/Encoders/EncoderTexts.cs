using Microsoft.Extensions.Logging;
using Vlm.Checkpoints;
using Vlm.Text;
using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>Texts to an encoder's ids: with start and end token, cut to its context, and padded.</summary>
internal sealed class EncoderTexts
{
    private readonly Tokenizer _tokenizer;
    private readonly int _pad;
    private readonly bool _isSiglip;
    private readonly ILogger? _logger;
    private int _told;

    private EncoderTexts(Tokenizer tokenizer, int context, int pad, bool isSiglip, ILogger? logger) =>
        (_tokenizer, Context, _pad, _isSiglip, _logger) = (tokenizer, context, pad, isSiglip, logger);

    /// <summary>Most tokens of a text, those around it included.</summary>
    internal int Context { get; }

    /// <summary>Reads a folder's tokenizer and its context.</summary>
    /// <exception cref="UsageException">A file is missing, or its tokenizer is of another kind.</exception>
    internal static EncoderTexts Read(string folder, JsonReader config, bool isSiglip, ILogger? logger)
    {
        const string Positions = "max_position_embeddings";
        Tokenizer tokenizer = Tokenizer.FromFolder(folder);
        int context = config.Part("text_config").Integer(Positions, least: 3, most: 1 << 20) ?? (isSiglip ? 64 : 77);
        int pad = tokenizer.PadId ?? tokenizer.EosId ?? throw new UsageException(
            "neither a pad_token nor an eos_token is named, which fill up shorter texts", Path.Combine(folder, "tokenizer_config.json"),
            "the tokenizer_config.json as its makers wrote it");
        return new(tokenizer, context, pad, isSiglip, logger);
    }

    /// <summary>The ids of texts, and 1 where a token is, 0 where padding is: both [B, T] of Int64.</summary>
    /// <remarks>
    /// CLIP is padded to the longest of the batch: its text tower looks back alone, so padding is not seen. SigLIP was trained on texts
    /// of one length, without a mask, and sees its padding.
    /// </remarks>
    internal (Tensor Ids, Tensor Mask) Batch(IReadOnlyList<string> texts)
    {
        int[][] rows = [.. texts.Select(Encode)];
        int length = _isSiglip ? Context : rows.Max(row => row.Length);
        long[] ids = PaddedRows.Of(rows, length, _pad);
        long[] mask = PaddedRows.Of([.. rows.Select(row => Enumerable.Repeat(1, row.Length).ToArray())], length, _isSiglip ? 1 : 0);
        return (tensor(ids, [rows.Length, length]), tensor(mask, [rows.Length, length]));
    }

    private int[] Encode(string text)
    {
        int[] whole = _tokenizer.EncodeSequence(text);
        if (whole.Length <= Context)
            return whole;
        if (Interlocked.Exchange(ref _told, 1) == 0)
            _logger?.LogWarning(
                "A text has {Tokens} tokens, and the encoder reads {Context}: the rest of it, and of others, is not seen", whole.Length, Context);
        return _tokenizer.EncodeSequence(text, Context);
    }
}
