namespace Vlm.Text;

/// <summary>The printable letter that stands for each byte in a byte-level vocabulary, as GPT-2 has it.</summary>
/// <remarks>
/// Bytes 33-126, 161-172 and 174-255 stand for themselves; the other 68, in ascending order, for U+0100 and on.
/// </remarks>
internal static class ByteAlphabet
{
    private const int Letters = 256 + 68;

    private static readonly char[] s_letters = new char[256];
    private static readonly short[] s_bytes = new short[Letters];

    static ByteAlphabet()
    {
        Array.Fill(s_bytes, (short)-1);
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174;
            char letter = (char)(printable ? value : next++);
            s_letters[value] = letter;
            s_bytes[letter] = (short)value;
        }
    }

    /// <summary>The letter of a byte.</summary>
    public static char LetterOf(byte value) => s_letters[value];

    /// <summary>The byte of a letter, or -1 for a character that stands for no byte.</summary>
    public static int ByteOf(char letter) => letter < Letters ? s_bytes[letter] : -1;

    /// <summary>The letters in ascending order of their code.</summary>
    public static IEnumerable<char> Ordered => s_letters.Order();

    /// <summary>
    /// The bytes a token stands for; a token with a character outside the alphabet stands for its own UTF-8.
    /// </summary>
    public static byte[] BytesOf(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int value = ByteOf(token[i]);
            if (value < 0)
                return System.Text.Encoding.UTF8.GetBytes(token);
            bytes[i] = (byte)value;
        }

        return bytes;
    }
}
