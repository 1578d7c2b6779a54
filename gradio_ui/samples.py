"""One CV and one offer to try the app with; the people and companies in them do not exist."""

CV = """Data engineer

Profile
Data engineer with six years of experience in building pipelines and warehouses for retail and energy companies.

Experience
Senior data engineer, Northwind Retail, Lyon, France
March 2022 - present
- Built streaming pipelines with Kafka, Spark and Python; moved 40 dbt models to Snowflake
- Set up Airflow, Docker and CI/CD for a team of five; cut the nightly load from four hours to one
Data engineer, Helios Énergie, Paris, France
September 2018 - February 2022
- ETL in Python and SQL on PostgreSQL; data quality checks with Great Expectations
- Dashboards in Power BI for the trading desk

Education
Master's degree in Computer Science, Université Claude Bernard Lyon 1, 2018

Skills
Python, SQL, Apache Spark, Apache Kafka, Airflow, dbt, Snowflake, PostgreSQL, Docker, AWS, Git, Power BI

Languages
French (native), English (C1)
"""

OFFER = """Software engineer (m/f), Contoso Health, Paris, France

About the role
You will build the services behind our booking platform, together with six engineers and a product manager.

Requirements
- 3 years of experience in software development
- Python, SQL and REST APIs are required; Docker and Kubernetes
- Bachelor's degree in Computer Science or equivalent
- English B2, French is a plus

Nice to have
- React, AWS, Terraform

We offer
Permanent contract, hybrid work, 45,000 to 55,000 EUR a year
"""
