namespace Vlm.Text;

/// <summary>Where tokens end in the text that they decode to.</summary>
public static class TokenEnds
{
    /// <summary>Letters of the text, special tokens dropped, that are there after each token.</summary>
    /// <param name="tokenizer">Decodes.</param>
    /// <param name="tokens">A completion.</param>
    /// <returns>One for each token; a token that completes no character ends where the one before it does.</returns>
    public static int[] Of(Tokenizer tokenizer, IReadOnlyList<int> tokens)
    {
        TokenStream stream = tokenizer.Stream(skipSpecial: true);
        int written = 0;
        return [.. tokens.Select(token => written += stream.Append(token).Length)];
    }
}
