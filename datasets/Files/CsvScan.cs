using System.Text;

namespace Vlm.Datasets;

/// <summary>Finds what is wrong with a CSV file that DuckDB does not read: it says so in words about its own reader.</summary>
internal static class CsvScan
{
    /// <summary>The first problem and its line, from 1; null where this finds none.</summary>
    /// <exception cref="UsageException">The text is not UTF-8.</exception>
    public static (string Problem, long Line)? Problem(string path, char delimiter)
    {
        using StreamReader reader = DataStream.Text(path);
        try
        {
            return Problem(reader, delimiter);
        }
        catch (DecoderFallbackException)
        {
            throw DataStream.NotUtf8(path);
        }
    }

    // A record ends with a line outside of quotes; a quote inside quotes is doubled (RFC 4180).
    private static (string, long)? Problem(StreamReader reader, char delimiter)
    {
        long line = 1, start = 1;
        int values = 1, header = 0;
        bool quoted = false, blank = true;
        for (int read; (read = reader.Read()) >= 0;)
        {
            char letter = (char)read;
            quoted ^= letter == '"';
            blank &= letter is '\r' or '\n';
            values += letter == delimiter && !quoted ? 1 : 0;
            if (letter != '\n')
                continue;
            line++;
            if (quoted)
                continue;
            header = header == 0 ? values : header;
            if (!blank && values != header)
                return ($"the line has {values} values, and the header {header}", start);
            (values, start, blank) = (1, line, true);
        }

        return quoted ? ("a quote is opened and not closed", start)
            : !blank && header > 0 && values != header ? ($"the line has {values} values, and the header {header}", start) : null;
    }
}
