namespace Vlm.Tables;

/// <summary>What a column holds. Compared by content, so a list of texts equals a list of texts.</summary>
public abstract record ColumnType
{
    private ColumnType()
    {
    }

    /// <summary>UTF-8 text; <see cref="string"/>.</summary>
    public static ColumnType Text { get; } = new Scalar("VARCHAR");

    /// <summary>Bytes such as an encoded image; <c>byte[]</c>.</summary>
    public static ColumnType Bytes { get; } = new Scalar("BLOB");

    /// <summary>A 64-bit whole number; <see cref="long"/> (an <see cref="int"/> is taken too).</summary>
    public static ColumnType Integer { get; } = new Scalar("BIGINT");

    /// <summary>A 64-bit floating number; <see cref="double"/> (a <see cref="float"/> is taken too).</summary>
    public static ColumnType Real { get; } = new Scalar("DOUBLE");

    /// <summary>True or false; <see cref="bool"/>.</summary>
    public static ColumnType Flag { get; } = new Scalar("BOOLEAN");

    /// <summary>The image column of Hugging Face datasets: the encoded file, and where it came from.</summary>
    public static ColumnType Image { get; } = new Struct(("bytes", Bytes), ("path", Text));

    /// <summary>Any number of values of one type; any sequence is taken, an array of objects comes back.</summary>
    public static ColumnType List(ColumnType element) => new Sequence(element);

    /// <summary>Named values; taken as a sequence in the order of the fields, given back as a dictionary.</summary>
    public static ColumnType Of(params (string Name, ColumnType Type)[] fields) => new Struct(fields);

    /// <summary>The type as SQL writes it.</summary>
    public abstract string Sql { get; }

    internal sealed record Scalar(string Name) : ColumnType
    {
        public override string Sql => Name;
    }

    internal sealed record Sequence(ColumnType Element) : ColumnType
    {
        public override string Sql => Element.Sql + "[]";
    }

    internal sealed record Struct(params (string Name, ColumnType Type)[] Fields) : ColumnType
    {
        public override string Sql =>
            $"STRUCT({string.Join(", ", Fields.Select(item => $"{DuckDb.Quote(item.Name)} {item.Type.Sql}"))})";

        public bool Equals(Struct? other) => other is not null && Fields.AsSpan().SequenceEqual(other.Fields);

        public override int GetHashCode() => Fields.Aggregate(0, HashCode.Combine);
    }
}

/// <summary>A column of a table.</summary>
/// <param name="Name">Its name, as it is: no quoting.</param>
/// <param name="Type">What it holds; every value may also be null.</param>
public sealed record Column(string Name, ColumnType Type);
