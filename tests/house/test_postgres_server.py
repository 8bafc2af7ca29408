import psycopg


def tables(url):
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [name for (name,) in found]


def test_each_test_has_a_database_of_its_own(postgres):
    with postgres.database() as one, postgres.database() as other:
        with psycopg.connect(one) as connection:
            connection.execute("CREATE TABLE kept (n int)")
        assert (tables(one), tables(other)) == (["kept"], [])


def test_a_restarted_server_has_what_was_written(postgres, postgres_url):
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    postgres.restart()
    assert tables(postgres_url) == ["kept"]
